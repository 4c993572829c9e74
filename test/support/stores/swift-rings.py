# swift-rings.py FOLDER ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT: the rings of a Swift of one node and one replica.
import sys
from os.path import join
from swift.common.ring import RingBuilder

folder, *ports = sys.argv[1:]
for name, port in zip(('account', 'container', 'object'), ports):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'meta': '',
                     'replication_ip': '127.0.0.1', 'replication_port': int(port)})
    builder.rebalance()
    builder.get_ring().save(join(folder, name + '.ring.gz'))
