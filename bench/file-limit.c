/*
 * file-limit FILE SIZE PIECE_LENGTH: the limit of the machine for an object that is a file. Two threads read() it and
 * hash its pieces with OpenSSL; they do nothing else. Prints what hash_object() says.
 */
#define _GNU_SOURCE
#include "program.h"
#include "pieces.h"
#include <fcntl.h>
#include <unistd.h>

/* What is read is still in the cache of a core when it is hashed. */
enum { THREADS = 2, BUFFER = 256 << 10 };

static const char *file;

static void *work (void *unused) {
  int descriptor = open(file, O_RDONLY);
  if (descriptor < 0) die("the file cannot be opened");
  char *buffer = malloc(BUFFER);
  EVP_MD_CTX *piece = EVP_MD_CTX_new();
  for (long position; (position = take_segment()) < size;) {
    for (long end = least(position + SEGMENT, size), count; position < end; position += count) {
      count = pread(descriptor, buffer, least(BUFFER, end - position), position);
      if (count <= 0) die("the file is shorter than it was said to be");
      hash(piece, buffer, count, position);
    }
  }
  return unused;
}

int main (int count, char **arguments) {
  if (count != 4) die("file-limit FILE SIZE PIECE_LENGTH");
  file = arguments[1], size = atol(arguments[2]), piece_length = atol(arguments[3]);
  hash_object(THREADS, work);
}
