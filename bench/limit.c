/*
 * limit HOST PORT PATH SIZE PIECE_LENGTH: the limit of the machine. Reads an object from a plain HTTP store in ranges,
 * on a few threads with one connection each, and hashes its pieces with OpenSSL; it does nothing else.
 * Prints the seconds that took, and the SHA-1 of all the digests.
 */
#include "http.h"
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, DIGEST = 20, SEGMENT = 32 << 20 /* a whole number of pieces */ };

static const char *host, *path;
static int port;
static long size, piece_length;
static unsigned char *digests;
static atomic_long next_segment;

static long least (long a, long b) {
  return a < b ? a : b;
}

/* Hashes `count` bytes that lie at `position` of the object. The digest of each whole piece goes to `digests`. */
static void hash (EVP_MD_CTX *piece, const char *bytes, long count, long position) {
  while (count > 0) {
    long part = least(count, piece_length - position % piece_length);
    if (position % piece_length == 0) EVP_DigestInit_ex(piece, EVP_sha1(), NULL);
    EVP_DigestUpdate(piece, bytes, part);
    bytes += part, count -= part, position += part;
    if (position % piece_length == 0 || position == size) {
      EVP_DigestFinal_ex(piece, digests + (position - 1) / piece_length * DIGEST, NULL);
    }
  }
}

static void *work (void *unused) {
  int connection = connect_to(host, port);
  char *buffer = malloc(BUFFER);
  EVP_MD_CTX *piece = EVP_MD_CTX_new();
  for (long start; (start = atomic_fetch_add(&next_segment, 1) * SEGMENT) < size;) {
    long end = least(start + SEGMENT, size);
    int length = snprintf(buffer, BUFFER,
      "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%ld-%ld\r\n\r\n", path, host, start, end - 1);
    char *body;
    long count = ask(connection, buffer, length, "206", &body);
    hash(piece, body, count, start);
    for (long position = start + count; position < end; position += count) {
      count = receive(connection, buffer, least(BUFFER, end - position));
      hash(piece, buffer, count, position);
    }
  }
  return unused;
}

int main (int count, char **arguments) {
  if (count != 6) die("limit HOST PORT PATH SIZE PIECE_LENGTH");
  host = arguments[1], port = atoi(arguments[2]), path = arguments[3];
  size = atol(arguments[4]), piece_length = atol(arguments[5]);
  long length = (size + piece_length - 1) / piece_length * DIGEST;
  digests = malloc(length);

  double start = now();
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  double seconds = now() - start;

  unsigned char sum[DIGEST];
  EVP_Digest(digests, length, sum, NULL, EVP_sha1(), NULL);
  printf("%.6f ", seconds);
  for (int i = 0; i < DIGEST; i++) printf("%02x", sum[i]);
  printf("\n");
}
