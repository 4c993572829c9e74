"""swarm-client.py TORRENT_URL DIR ADDRESS: downloads the content of the .torrent at a URL into DIR.

libtorrent has its default settings, except that peers come from trackers alone. The program prints the seconds when the
download is whole and checked, and seeds until SIGTERM. Then it prints, as JSON, the bytes by the address and port that
they came from, and the bytes that came in vain.
"""
import collections
import json
import signal
import sys
import time
import urllib.request

import libtorrent as lt

BLOCK = 16 << 10
POLL_SECONDS = 0.25

stopping = False


def stop(*_):
    global stopping
    stopping = True


def main(url, folder, address):
    started = time.monotonic()
    with urllib.request.urlopen(url, timeout=300) as answer:
        info = lt.torrent_info(lt.bdecode(answer.read()))
    session = lt.session({
        'listen_interfaces': f'{address}:6881',
        'enable_dht': False,
        'enable_lsd': False,
        'enable_upnp': False,
        'enable_natpmp': False,
        # Where each block comes from: a connection's own counter is gone with it.
        'alert_mask': lt.alert.category_t.block_progress_notification | lt.alert.category_t.error_notification,
        'alert_queue_size': 1_000_000,
    })
    torrent = session.add_torrent({'ti': info, 'save_path': folder, 'flags': lt.torrent_flags.disable_pex})
    sources = collections.Counter()
    done = False
    while True:
        time.sleep(POLL_SECONDS)
        if stopping:
            session.post_session_stats()
        for alert in session.pop_alerts():
            if isinstance(alert, lt.block_finished_alert):
                begin = alert.piece_index * info.piece_length() + alert.block_index * BLOCK
                sources['%s:%d' % alert.endpoint] += min(BLOCK, info.total_size() - begin)
            elif isinstance(alert, lt.session_stats_alert):
                in_vain = alert.values['net.recv_redundant_bytes'] + alert.values['net.recv_failed_bytes']
                print(json.dumps({'sources': sources, 'inVain': in_vain}), flush=True)
                return
            elif isinstance(alert, lt.file_error_alert):
                sys.exit(alert.message())
        if not done and torrent.status(0).is_seeding:
            done = True
            print(time.monotonic() - started, flush=True)


signal.signal(signal.SIGTERM, stop)
main(*sys.argv[1:])
