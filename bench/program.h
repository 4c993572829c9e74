/* Functions that every program of the bench needs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void die (const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static double now (void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}
