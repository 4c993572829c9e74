#include <stdlib.h>

static int compare (const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The `percent`th percentile. Sorts the samples. */
static double percentile (double *samples, long count, int percent) {
  qsort(samples, count, sizeof *samples, compare);
  return samples[count * percent / 100];
}
