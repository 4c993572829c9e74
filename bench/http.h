/* An HTTP client for limit.c and load.c: connections stay open, with one request at a time. */
#include "program.h"
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

enum { BUFFER = 512 << 10 };

static int connect_to (const char *host, int port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
  inet_pton(AF_INET, host, &address.sin_addr);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) die("nothing listens there");
  return connection;
}

static long receive (int connection, char *into, long room) {
  long count = recv(connection, into, room, 0);
  if (count <= 0) die("the connection broke off");
  return count;
}

/*
 * Sends the `length` bytes in `buffer`, and reads the head of the answer into `buffer`; dies unless it has this status.
 * A zero ends the head, and `*body` points behind it. Returns how many bytes of the body have come already.
 */
static long ask (int connection, char *buffer, int length, const char *status, char **body) {
  if (send(connection, buffer, length, 0) != length) die("the request cannot be sent");
  long received = 0;
  char *end;
  do {
    received += receive(connection, buffer + received, BUFFER - 1 - received);
    buffer[received] = '\0';
    end = strstr(buffer, "\r\n\r\n");
  } while (end == NULL);
  *end = '\0';
  if (strncmp(buffer + strlen("HTTP/1.1 "), status, strlen(status)) != 0) die(buffer);
  *body = end + 4;
  return received - (*body - buffer);
}
