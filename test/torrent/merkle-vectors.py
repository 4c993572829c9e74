"""
Prints, as JSON, the trees that libtorrent makes of files of several sizes: `python3 merkle-vectors.py`, with
python3-libtorrent of Debian. Byte i of a file is (7 * i + 13 * (i >> 8) + 29 * (i >> 14)) % 251.
"""
import json
import os
import tempfile

import libtorrent as lt

BLOCK = 16384


def content(size):
    return bytes((7 * i + 13 * (i >> 8) + 29 * (i >> 14)) % 251 for i in range(size))


def vector(folder, size, piece_length, with_layer):
    path = os.path.join(folder, 'file')
    with open(path, 'wb') as file:
        file.write(content(size))
    storage = lt.file_storage()
    storage.add_file('file', size)
    torrent = lt.create_torrent(storage, piece_length, lt.create_torrent.v2_only)
    lt.set_piece_hashes(torrent, folder)
    entry = torrent.generate()
    root = entry[b'info'][b'file tree'][b'file'][b''][b'pieces root']
    layer = entry[b'piece layers'].get(root, b'')
    return {
        'size': size,
        'pieceLength': piece_length,
        'root': root.hex(),
        **({'layer': layer.hex()} if with_layer else {})
    }


with tempfile.TemporaryDirectory() as folder:
    vectors = []
    for piece in (BLOCK, 2 * BLOCK, 4 * BLOCK):
        sizes = {1, BLOCK - 1, BLOCK, BLOCK + 1, piece - 1, piece, piece + 1, 3 * piece, 5 * piece + 1}
        vectors += [vector(folder, size, piece, True) for size in sorted(sizes)]
    vectors += [vector(folder, size * BLOCK, BLOCK, False) for size in (512, 513, 600)]
    print('[\n  ' + ',\n  '.join(json.dumps(each) for each in vectors) + '\n]')
