/*
 * load HOST PORT METHOD CONNECTIONS SECONDS PATH...: requests the paths in turn, on each connection by itself, and reads
 * the answers. Prints the number of answers, the seconds, the bytes of the bodies, and the 99th percentile of the
 * milliseconds of an answer. wrk and h2load cannot do it: they wait for a body behind the answer to a HEAD.
 */
#define _GNU_SOURCE
#include "http.h"
#include "percentile.h"
#include <pthread.h>

struct asker {
  pthread_t thread;
  double *milliseconds;
  long count, bytes;
};

static const char *host, *method;
static int port, path_count;
static char **paths;
static double end;

/* Makes one request and reads its whole answer. Returns the bytes of the body. */
static long answer (int connection, char *buffer, const char *path) {
  int length = snprintf(buffer, BUFFER, "%s %s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", method, path, host, port);
  char *body;
  long received = ask(connection, buffer, length, "200", &body);
  if (strcmp(method, "HEAD") == 0) return 0;
  char *content_length = strcasestr(buffer, "\r\nContent-Length:");
  if (content_length == NULL) die("an answer without Content-Length");
  long total = atol(strchr(content_length, ':') + 1);
  while (received < total) received += receive(connection, buffer, BUFFER);
  return total;
}

static void *work (void *argument) {
  struct asker *asker = argument;
  int connection = connect_to(host, port);
  char *buffer = malloc(BUFFER);
  long room = 0;
  for (double start = now(); start < end;) {
    if (asker->count == room) {
      room = 2 * room + 1024;
      asker->milliseconds = realloc(asker->milliseconds, room * sizeof(double));
    }
    asker->bytes += answer(connection, buffer, paths[asker->count % path_count]);
    double after = now();
    asker->milliseconds[asker->count++] = (after - start) * 1e3;
    start = after;
  }
  return NULL;
}

int main (int count, char **arguments) {
  if (count < 7) die("load HOST PORT METHOD CONNECTIONS SECONDS PATH...");
  host = arguments[1], port = atoi(arguments[2]), method = arguments[3];
  int connections = atoi(arguments[4]);
  paths = arguments + 6, path_count = count - 6;

  double start = now();
  end = start + atof(arguments[5]);
  struct asker *askers = calloc(connections, sizeof *askers);
  for (int i = 0; i < connections; i++) pthread_create(&askers[i].thread, NULL, work, &askers[i]);
  for (int i = 0; i < connections; i++) pthread_join(askers[i].thread, NULL);
  double seconds = now() - start;

  long total = 0, bytes = 0;
  for (int i = 0; i < connections; i++) total += askers[i].count, bytes += askers[i].bytes;
  double *all = malloc(total * sizeof *all), *next = all;
  for (int i = 0; i < connections; i++) {
    memcpy(next, askers[i].milliseconds, askers[i].count * sizeof *all);
    next += askers[i].count;
  }
  printf("%ld %.6f %ld %.3f\n", total, seconds, bytes, percentile(all, total, 99));
}
