"""libtorrent-client.py read FILE: what libtorrent sees in a .torrent, as JSON.
libtorrent-client.py download FILE|MAGNET DIR SECONDS ADDRESS:PORT: downloads it, and reports as JSON.
libtorrent-client.py scrape FILE DIR SECONDS ADDRESS:PORT: what each tracker says, as JSON.
libtorrent-client.py create FOLDER PIECE_LENGTH v1|hybrid|v2 FILES: what its own create_torrent makes, as JSON. FILES is
JSON: a list of {"path", "size", "pad"}, as they stand in the torrent; pads are given for v1 alone.
libtorrent-client.py check FILE FOLDER: the files and the bad pieces that its own check finds below the folder, as JSON.
libtorrent-client.py decode HEX...: bencoded documents as JSON, byte strings in hexadecimal digits."""
import json
import sys
import time

import libtorrent as lt


def read(path):
    try:
        info = lt.torrent_info(path)
    except RuntimeError as error:
        return {'error': str(error)}
    hashes = info.info_hashes()
    files = info.files()
    return {
        'infoHash': str(hashes.v1) if hashes.has_v1() else None,
        'infoHashV2': str(hashes.v2) if hashes.has_v2() else None,
        'name': info.name(),
        'size': info.total_size(),
        'pieceLength': info.piece_length(),
        'pieces': [info.hash_for_piece(i).hex() for i in range(info.num_pieces())] if hashes.has_v1() else [],
        'trackers': [{'url': tracker.url, 'tier': tracker.tier} for tracker in info.trackers()],
        'webSeeds': [seed['url'] for seed in info.web_seeds()],
        'files': [{'path': files.file_path(i), 'size': files.file_size(i)} for i in range(files.num_files())],
        'private': info.priv(),
        'creator': info.creator(),
        'comment': info.comment(),
    }


FORMATS = {'v1': lt.create_torrent.v1_only, 'hybrid': 0, 'v2': lt.create_torrent.v2_only}


def create(folder, piece_length, format, files):
    storage = lt.file_storage()
    for file in files:
        storage.add_file(file['path'], file['size'], lt.file_flags_t.flag_pad_file if file.get('pad') else 0)
    made = lt.create_torrent(storage, piece_length, FORMATS[format])
    lt.set_piece_hashes(made, folder)
    entry = made.generate()
    hashes = lt.torrent_info(entry).info_hashes()
    return {
        'infoHash': str(hashes.v1) if hashes.has_v1() else None,
        'infoHashV2': str(hashes.v2) if hashes.has_v2() else None,
        'info': lt.bencode(entry[b'info']).hex(),
        'layers': {root.hex(): layer.hex() for root, layer in entry.get(b'piece layers', {}).items()},
    }


def check(path, folder):
    session = lt.session({
        'listen_interfaces': '', 'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    })
    added = lt.load_torrent_file(path)
    added.save_path = folder
    # Without this, files of which pieces are wrong would be asked for.
    added.flags |= lt.torrent_flags.upload_mode
    torrent = session.add_torrent(added)
    limit = time.monotonic() + 50
    checking = (lt.torrent_status.states.checking_files, lt.torrent_status.states.checking_resume_data)
    while time.monotonic() < limit:
        status = torrent.status()
        if status.state not in checking or status.errc.value() != 0:
            break
        time.sleep(0.02)
    status = torrent.status(lt.status_flags_t.query_pieces)
    pieces = status.pieces or [status.is_seeding] * added.ti.num_pieces()
    files = added.ti.files()
    return {
        'error': status.errc.message() if status.errc.value() else None,
        'bad': [index for index, good in enumerate(pieces) if not good],
        'files': [
            {'path': files.file_path(i), 'size': files.file_size(i), 'offset': files.file_offset(i)}
            for i in range(files.num_files()) if not files.file_flags(i) & lt.file_flags_t.flag_pad_file
        ],
    }


def leave(torrent):
    """Tells the tracker, which the end of a session does not wait for. Not before it has answered: then it would not be told."""
    await_tracker(torrent)
    torrent.unset_flags(lt.torrent_flags.auto_managed)
    torrent.pause()
    await_tracker(torrent)


def await_tracker(torrent):
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        endpoints = [endpoint for tracker in torrent.trackers() for endpoint in tracker['endpoints']]
        if not any(of_version['updating'] for endpoint in endpoints for of_version in endpoint['info_hashes']):
            return
        time.sleep(0.05)


def download(source, folder, seconds, endpoint):
    started = time.monotonic()
    session = lt.session({
        'listen_interfaces': endpoint,
        'enable_dht': False,
        'enable_lsd': False,
        'enable_upnp': False,
        'enable_natpmp': False,
        # No peer here knows uTP, which it would try first, for some seconds.
        'enable_outgoing_utp': False,
        'alert_mask': lt.alert.category_t.error_notification | lt.alert.category_t.status_notification
        | lt.alert.category_t.tracker_notification | lt.alert.category_t.peer_notification,
    })
    added = lt.parse_magnet_uri(source) if source.startswith('magnet:') else lt.load_torrent_file(source)
    added.save_path = folder
    added.flags |= lt.torrent_flags.disable_pex
    torrent = session.add_torrent(added)
    alerts = []
    while True:
        session.wait_for_alert(100)
        alerts += [f'{alert.what()}: {alert.message()}' for alert in session.pop_alerts()]
        status = torrent.status()
        if status.is_seeding or status.errc.value() != 0 or time.monotonic() - started > seconds:
            break
    leave(torrent)
    return {
        'ok': status.is_seeding,
        'bytes': status.total_wanted_done,
        'received': status.total_payload_download,
        'output': '\n'.join(alerts[-2000:]),
    }


def scrape(path, folder, seconds, endpoint):
    session = lt.session({
        'listen_interfaces': endpoint,
        'enable_dht': False,
        'enable_lsd': False,
        'enable_upnp': False,
        'enable_natpmp': False,
        'announce_to_all_trackers': True,
        'announce_to_all_tiers': True,
        # On loopback it lets nothing through but /announce.
        'ssrf_mitigation': False,
        'alert_mask': lt.alert.category_t.error_notification | lt.alert.category_t.tracker_notification,
    })
    added = lt.load_torrent_file(path)
    added.save_path = folder
    added.flags |= lt.torrent_flags.upload_mode
    torrent = session.add_torrent(added)
    urls = [tracker['url'] for tracker in torrent.trackers()]
    announced = {}
    scraped = {}
    failed = []
    limit = time.monotonic() + seconds
    while len(scraped) < len(urls) and not failed and time.monotonic() < limit:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.tracker_reply_alert):
                announced[alert.tracker_url()] = alert.num_peers
                if len(announced) == len(urls):
                    for index in range(len(urls)):
                        torrent.scrape_tracker(index)
            elif isinstance(alert, lt.scrape_reply_alert):
                scraped[alert.tracker_url()] = [alert.complete, alert.incomplete]
            elif isinstance(alert, (lt.scrape_failed_alert, lt.tracker_error_alert)):
                failed.append(alert.message())
    leave(torrent)
    return {'announced': announced, 'scraped': scraped, 'failed': failed}


def plain(value):
    if isinstance(value, dict):
        return {key.hex(): plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.hex() if isinstance(value, bytes) else value


def decode(document):
    value = lt.bdecode(document)
    return {'value': plain(value), 'canonical': lt.bencode(value) == document}


if sys.argv[1] == 'read':
    result = read(sys.argv[2])
elif sys.argv[1] == 'scrape':
    result = scrape(sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5])
elif sys.argv[1] == 'create':
    result = create(sys.argv[2], int(sys.argv[3]), sys.argv[4], json.loads(sys.argv[5]))
elif sys.argv[1] == 'check':
    result = check(sys.argv[2], sys.argv[3])
elif sys.argv[1] == 'decode':
    result = [decode(bytes.fromhex(document)) for document in sys.argv[2:]]
else:
    result = download(sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5])
json.dump(result, sys.stdout)
