"""peer-client.py TORRENT DIR ADDRESS HOST PORT: downloads the content of a .torrent into DIR from one peer alone.

The torrent's trackers and web seeds are left out. libtorrent listens at ADDRESS, and has its default settings, except
that it knows no other way to peers and does not encrypt. When the content is whole and checked, prints the seconds
since its first byte: a seeder may let a peer wait ten seconds for its turn.
"""
import sys
import time

import libtorrent as lt

LIMIT_SECONDS = 300
POLL_MS = 20


def main(path, folder, address, host, port):
    with open(path, 'rb') as file:
        metainfo = lt.bdecode(file.read())
    session = lt.session({
        'listen_interfaces': f'{address}:0',
        'enable_dht': False,
        'enable_lsd': False,
        'enable_upnp': False,
        'enable_natpmp': False,
        'enable_outgoing_utp': False,
        'out_enc_policy': 2,
        'in_enc_policy': 2,
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    })
    added = lt.add_torrent_params()
    added.ti = lt.torrent_info({b'info': metainfo[b'info']})
    added.save_path = folder
    added.flags |= lt.torrent_flags.disable_pex
    torrent = session.add_torrent(added)
    torrent.connect_peer((host, int(port)))
    asked = time.monotonic()
    first = None
    while time.monotonic() - asked < LIMIT_SECONDS:
        session.wait_for_alert(POLL_MS)
        if first is None and torrent.status(0).total_payload_download > 0:
            first = time.monotonic()
        for alert in session.pop_alerts():
            if isinstance(alert, lt.torrent_finished_alert):
                print(time.monotonic() - (first or asked), flush=True)
                return
            if isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert)):
                sys.exit(alert.message())
    sys.exit(f'not everything is there after {LIMIT_SECONDS} s: {torrent.status().total_done} bytes')


main(*sys.argv[1:])
