import { byId, setText } from './dom.js'

/** Asks the reader for the token of the admin listener. @param wasWrong the last one was not it */
export function askForToken (wasWrong: boolean): Promise<string> {
  const form = byId('login', HTMLFormElement)
  const input = byId('token', HTMLInputElement)
  form.hidden = false
  byId('main').hidden = true
  setText(byId('refused'), wasWrong ? 'That is not the token.' : '')
  input.focus()
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      resolve(input.value)
      input.value = ''
    }, { once: true })
  })
}
