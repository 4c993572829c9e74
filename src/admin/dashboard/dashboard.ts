import { byId, setText } from './dom.js'
import { duration } from './format.js'
import { follow } from './live.js'
import { askForToken } from './login.js'
import { HourPanel } from './panels/hour.js'
import { JobsPanel } from './panels/jobs.js'
import { showErrors, showRequests } from './panels/requests.js'
import { showSaved } from './panels/saved.js'
import { showAlarm, showState } from './panels/state.js'
import { showTorrents } from './panels/torrents.js'

const jobs = new JobsPanel()
const hour = new HourPanel()

function showStatus (name: 'waiting' | 'live' | 'lost', text: string): void {
  const status = byId('status')
  status.dataset['state'] = name
  setText(status, text)
}

await follow({
  onHistory (samples) {
    hour.begin(samples)
  },
  onSnapshot (snapshot) {
    byId('main').hidden = false
    byId('login').hidden = true
    showStatus('live', 'Live')
    setText(byId('process'), `${snapshot.version}, up ${duration(snapshot.uptime)}`)
    showAlarm(snapshot)
    showSaved(snapshot)
    jobs.show(snapshot)
    showTorrents(snapshot.torrents)
    showRequests(snapshot.requests)
    showErrors(snapshot.requests)
    showState(snapshot)
    hour.show(snapshot.now)
  },
  onLost () {
    showStatus('lost', 'The connection is lost; trying again')
  },
  askForToken (wasWrong) {
    showStatus('waiting', 'A token is needed')
    return askForToken(wasWrong)
  }
})
