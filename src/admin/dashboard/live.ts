import type { Sample, Snapshot } from './wire.js'

export interface LiveListener {
  onHistory (samples: Sample[]): void
  onSnapshot (snapshot: Snapshot): void
  /** Nothing comes at the moment. */
  onLost (): void
  /** It needs a token: resolves with one. */
  askForToken (wasWrong: boolean): Promise<string>
}

const SILENCE_MS = 10_000
const PAUSE_MS = 2_000
const TOKEN = 'object-torrent admin token'

/** Follows `/-/live` for ever. Not an EventSource: that sends no bearer token. */
export async function follow (listener: LiveListener): Promise<never> {
  let asked = false
  for (;;) {
    const token = sessionStorage.getItem(TOKEN)
    try {
      const response = await fetch('-/live', {
        headers: token === null ? {} : { authorization: `Bearer ${token}` }, cache: 'no-store'
      })
      if (response.status === 401) {
        sessionStorage.setItem(TOKEN, await listener.askForToken(asked))
        asked = true
        continue
      }
      if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
      asked = false
      await read(response.body, listener)
    } catch (error) {
      console.warn('the connection is lost', error)
    }
    listener.onLost()
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function read (body: ReadableStream<Uint8Array>, listener: LiveListener): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  for (;;) {
    const silence = setTimeout(() => { reader.cancel('silence').catch(() => {}) }, SILENCE_MS)
    const { value, done } = await reader.read().finally(() => clearTimeout(silence))
    if (done) return
    const events = (text + value).split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) tell(event, listener)
  }
}

function tell (event: string, listener: LiveListener): void {
  const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? []
  if (name === 'history') listener.onHistory(JSON.parse(data) as Sample[])
  if (name === 'snapshot') listener.onSnapshot(JSON.parse(data) as Snapshot)
}
