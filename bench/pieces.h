/* The digests of an object's pieces, for limit.c and file-limit.c: threads take segments in turn and hash them. */
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>

enum { DIGEST = 20, SEGMENT = 32 << 20 /* a whole number of pieces */ };

static long size, piece_length;
static unsigned char *digests;
static atomic_long next_segment;

static long least (long a, long b) {
  return a < b ? a : b;
}

/* Where the segment begins that the calling thread is to hash next; `size` or more at the end. */
static long take_segment (void) {
  return atomic_fetch_add(&next_segment, 1) * SEGMENT;
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

/* Has threads do the work. Prints the seconds, the seconds of processor time, and the SHA-1 of all the digests. */
static void hash_object (int thread_count, void *(*work) (void *)) {
  long length = (size + piece_length - 1) / piece_length * DIGEST;
  digests = malloc(length);

  double start = now(), used = processor_seconds();
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  double seconds = now() - start;

  unsigned char sum[DIGEST];
  EVP_Digest(digests, length, sum, NULL, EVP_sha1(), NULL);
  printf("%.6f %.6f ", seconds, processor_seconds() - used);
  for (int i = 0; i < DIGEST; i++) printf("%02x", sum[i]);
  printf("\n");
}
