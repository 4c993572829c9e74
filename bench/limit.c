/*
 * limit HOST PORT PATH SIZE PIECE_LENGTH: the limit of the machine. Reads an object from a plain HTTP store in ranges,
 * on a few threads with one connection each, and hashes its pieces with OpenSSL; it does nothing else.
 * Prints what hash_object() says.
 */
#include "http.h"
#include "pieces.h"

enum { THREADS = 4 };

static const char *host, *path;
static int port;

static void *work (void *unused) {
  int connection = connect_to(host, port);
  char *buffer = malloc(BUFFER);
  EVP_MD_CTX *piece = EVP_MD_CTX_new();
  for (long start; (start = take_segment()) < size;) {
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
  hash_object(THREADS, work);
}
