/*
 * announce HOST PORT keep|close|udp ADDRESSES AT_ONCE SECONDS INFO_HASH...: the announces of a crowd.
 *
 * Each of ADDRESSES addresses 127.1.x.y has one peer in each torrent (INFO_HASH in hexadecimal). The peers announce
 * themselves in turn, at most AT_ONCE at once: over HTTP on connections that stay open, one for each address (keep), or
 * that are closed (close), or over UDP (BEP 15). With SECONDS 0 each peer announces itself once, as `started`.
 * Every answer must hold peers; once all peers have announced themselves, as many as were wanted. Prints JSON.
 */
#define _GNU_SOURCE
#include "program.h"
#include "percentile.h"
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WANTED = 50, ID = 20, FIRST_PORT = 10000, REQUEST = 1024, ANSWER = 2048, RESEND_MS = 500, SILENCE_MS = 10000 };

struct address {
  int socket; /* -1: none */
  bool busy;
  long peer;
  double start;
  int received;
  char answer[ANSWER];
  bool connected; /* UDP: has a connection id */
  uint64_t connection_id;
  uint32_t transaction;
};

struct __attribute__((packed)) udp_connect {
  uint64_t protocol;
  uint32_t action, transaction;
};

struct __attribute__((packed)) udp_announce {
  uint64_t connection_id;
  uint32_t action, transaction;
  unsigned char info_hash[ID], peer_id[ID];
  uint64_t downloaded, left, uploaded;
  uint32_t event, ip, key;
  int32_t wanted;
  uint16_t port;
};

static enum { KEEP, CLOSE, UDP } mode;
static struct sockaddr_in tracker;
static struct address *addresses;
static int address_count, torrent_count, poll_set;
static unsigned char (*info_hashes)[ID];
static char (*escaped)[3 * ID + 1];
static bool first_time;
static long resent;

static int torrent_of (long peer) {
  return peer / address_count % torrent_count;
}

/* Bytes that a peer lacks: every tenth peer has everything. */
static long left_of (long peer) {
  return peer % 10 == 0 ? 0 : 1 << 20;
}

static void open_socket (int i) {
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010001 + (i / 250 << 8) + i % 250) };
  int one = 1, end = socket(AF_INET, mode == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
  setsockopt(end, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(end, (struct sockaddr *)&own, sizeof own) != 0) die("cannot bind to 127.1.0.0/16");
  if (connect(end, (struct sockaddr *)&tracker, sizeof tracker) != 0) die("nothing listens there");
  struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
  if (epoll_ctl(poll_set, EPOLL_CTL_ADD, end, &event) != 0) die("cannot wait for so many connections");
  addresses[i].socket = end;
}

static void send_all (int socket, const void *bytes, int length) {
  if (send(socket, bytes, length, MSG_NOSIGNAL) != length) die("the announce cannot be sent");
}

static void send_http (struct address *address, long peer) {
  char request[REQUEST];
  int length = snprintf(request, sizeof request,
    "GET /announce?info_hash=%s&peer_id=-XX0001-%012ld&port=%d&uploaded=0&downloaded=0&left=%ld&compact=1&numwant=%d%s"
    " HTTP/1.1\r\n"
    "Host: tracker\r\n%s\r\n",
    escaped[torrent_of(peer)], peer, FIRST_PORT + torrent_of(peer), left_of(peer), WANTED,
    first_time ? "&event=started" : "",
    mode == CLOSE ? "Connection: close\r\n" : "");
  send_all(address->socket, request, length);
}

static void send_udp (struct address *address, long peer) {
  address->transaction++;
  if (!address->connected) {
    struct udp_connect connect = { htobe64(0x41727101980), htonl(0), address->transaction };
    return send_all(address->socket, &connect, sizeof connect);
  }
  struct udp_announce announce = {
    .connection_id = address->connection_id, .action = htonl(1), .transaction = address->transaction,
    .left = htobe64(left_of(peer)), .event = htonl(first_time ? 2 : 0), .wanted = htonl(WANTED),
    .port = htons(FIRST_PORT + torrent_of(peer))
  };
  memcpy(announce.info_hash, info_hashes[torrent_of(peer)], ID);
  char id[ID + 1];
  snprintf(id, sizeof id, "-XX0001-%012ld", peer);
  memcpy(announce.peer_id, id, ID);
  send_all(address->socket, &announce, sizeof announce);
}

static void send_announce (struct address *address) {
  address->received = 0;
  if (mode == UDP) send_udp(address, address->peer);
  else send_http(address, address->peer);
}

static void begin (int i, long peer) {
  struct address *address = &addresses[i];
  address->busy = true, address->peer = peer, address->start = now();
  if (address->socket < 0) open_socket(i);
  send_announce(address);
}

static void check_peers (long bytes) {
  if (bytes < (first_time ? 0 : WANTED - 1) * 6) die("an answer with too few peers");
}

/* Receives what has come of an HTTP answer, and tells whether it is whole. */
static bool receive_http (struct address *address) {
  int count = recv(address->socket, address->answer + address->received, ANSWER - 1 - address->received, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) die("the connection broke off");
  address->received += count;
  address->answer[address->received] = '\0';
  char *head_end = strstr(address->answer, "\r\n\r\n");
  if (head_end == NULL) return false;
  char *content_length = strcasestr(address->answer, "\r\nContent-Length:");
  if (content_length == NULL || content_length > head_end) die("an answer without Content-Length");
  int length = atoi(strchr(content_length, ':') + 1);
  char *body = head_end + 4;
  if (address->received < body - address->answer + length) return false;
  if (strncmp(address->answer + strlen("HTTP/1.1 "), "200", 3) != 0) die(address->answer);
  char *peers = memmem(body, length, "5:peers", 7);
  if (peers == NULL) die(address->answer);
  check_peers(atol(peers + 7));
  if (mode == CLOSE) {
    close(address->socket);
    address->socket = -1;
  }
  return true;
}

static bool receive_udp (struct address *address) {
  int count = recv(address->socket, address->answer, ANSWER, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return false;
  if (count < 0) die("nothing listens there");
  uint32_t head[2];
  if (count < 16) die("a packet that is no answer");
  memcpy(head, address->answer, sizeof head);
  if (head[1] != address->transaction) return false; /* to what was sent before it was sent again */
  if (!address->connected) {
    if (ntohl(head[0]) != 0) die("a packet that is no answer to a connect");
    memcpy(&address->connection_id, address->answer + sizeof head, 8);
    address->connected = true;
    send_announce(address);
    return false;
  }
  if (ntohl(head[0]) != 1 || count < 20) die("a packet that is no answer to an announce");
  check_peers(count - 20);
  return true;
}

static void resend (void) {
  for (int i = 0; i < address_count; i++) {
    if (!addresses[i].busy || now() - addresses[i].start < RESEND_MS / 1e3) continue;
    if (now() - addresses[i].start > SILENCE_MS / 1e3) die("no answer for ten seconds");
    if (mode != UDP) continue;
    resent++;
    send_announce(&addresses[i]);
  }
}

struct result {
  long announces;
  double seconds, *milliseconds;
};

/* Announces the peers in turn, until `announces` were answered or `seconds` have passed; the other one is 0. */
static struct result run (long announces, double seconds, int at_once) {
  struct result result = { 0 };
  struct epoll_event events[64];
  double start = now(), looked = start;
  long next = 0, room = 0;
  for (int busy = 0;;) {
    while (busy < at_once && (announces > 0 ? next < announces : now() - start < seconds) &&
      !addresses[next % address_count].busy) {
      begin(next % address_count, next % ((long)address_count * torrent_count));
      next++, busy++;
    }
    if (busy == 0) break;
    int count = epoll_wait(poll_set, events, 64, RESEND_MS);
    for (int i = 0; i < count; i++) {
      struct address *address = &addresses[events[i].data.u32];
      if (!address->busy && mode == KEEP) die("a connection was closed that should stay open");
      if (!(mode == UDP ? receive_udp : receive_http)(address)) continue;
      address->busy = false, busy--;
      if (result.announces == room) {
        room = 2 * room + 1024;
        result.milliseconds = realloc(result.milliseconds, room * sizeof(double));
      }
      result.milliseconds[result.announces++] = (now() - address->start) * 1e3;
    }
    if (now() - looked < RESEND_MS / 1e3) continue;
    looked = now();
    resend();
  }
  result.seconds = now() - start;
  return result;
}

static void parse_hashes (char **texts) {
  info_hashes = calloc(torrent_count, sizeof *info_hashes);
  escaped = calloc(torrent_count, sizeof *escaped);
  for (int i = 0; i < torrent_count; i++) {
    if (strlen(texts[i]) != 2 * ID) die("an info hash is 40 hexadecimal digits");
    for (int j = 0; j < ID; j++) {
      sscanf(texts[i] + 2 * j, "%2hhx", &info_hashes[i][j]);
      sprintf(escaped[i] + 3 * j, "%%%02X", info_hashes[i][j]);
    }
  }
}

int main (int count, char **arguments) {
  if (count < 8) die("announce HOST PORT keep|close|udp ADDRESSES AT_ONCE SECONDS INFO_HASH...");
  tracker = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(atoi(arguments[2])) };
  inet_pton(AF_INET, arguments[1], &tracker.sin_addr);
  mode = strcmp(arguments[3], "keep") == 0 ? KEEP : strcmp(arguments[3], "close") == 0 ? CLOSE : UDP;
  address_count = atoi(arguments[4]), torrent_count = count - 7;
  int at_once = atoi(arguments[5]);
  double seconds = atof(arguments[6]);
  parse_hashes(arguments + 7);
  poll_set = epoll_create1(0);
  addresses = calloc(address_count, sizeof *addresses);
  for (int i = 0; i < address_count; i++) addresses[i].socket = -1;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  first_time = seconds == 0;
  if (!first_time) run(address_count, 0, at_once); /* opens all connections, and warms the tracker up */
  struct result result = run(first_time ? (long)address_count * torrent_count : 0, seconds, at_once);
  printf("{\"announces\":%ld,\"seconds\":%.6f,\"p50\":%.3f,\"p99\":%.3f,\"resent\":%ld}\n",
    result.announces, result.seconds, percentile(result.milliseconds, result.announces, 50),
    percentile(result.milliseconds, result.announces, 99), resent);
}
