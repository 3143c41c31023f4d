/*
 * Tells a sender what of its own has arrived, for tests and measurements in which the receiver moves:
 *
 *   arrivals udp PORT [tell]                         numbered datagrams
 *   arrivals tcp PORT                                bytes, of one connection after the other
 *
 * What comes is answered, at most once every ANSWER_EVERY, to where it comes from. Integers are
 * big-endian. A datagram begins with its number, 32 bits, from 0 on; one with the number ASKED is
 * answered in any case, and counts for nothing. The answer is six numbers of 32 bits: the highest
 * that came plus one, how many different ones came, how many came again, how many came behind a
 * higher one, how often it was asked, and the most in a row that were passed over lately. The answer
 * to bytes is how many have come, 64 bits.
 *
 * With "tell" a line says where a number isn't the one behind the last: the last and this one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  BATCH = 64,
  DATAGRAM_MAX = 2048,
  STREAM_READ = 256 << 10,
  /* As much as a burst of what was kept while the receiver stood still may need. */
  SOCKET_BUFFER = 32 << 20
};

static const uint32_t ASKED = UINT32_MAX;
static const uint32_t NUMBERS = 1 << 27;
static const int64_t SECOND = 1000 * 1000 * 1000;
static const int64_t ANSWER_EVERY = 2 * 1000 * 1000;

/* An answer may be lost: several tell the same. */
static const int64_t LATELY = 500 * 1000 * 1000;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "arrivals: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

static int bound(const char *port, int type) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  int on = 1;

  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) fail("bind");
  return fd;
}

/* A bit for each number, and the counts of what an answer tells. */
static unsigned char *seen;
static int64_t jumped;
static uint32_t known, different, again, behind, asked, jump, last = UINT32_MAX;

static void count(uint32_t number, int64_t time, int tell) {
  unsigned char bit = (unsigned char)(1 << (number % 8));

  if (number >= NUMBERS) return;
  if (tell && number != (uint32_t)(last + 1)) {
    printf("%d %u\n", (int)last, number);
    fflush(stdout);
  }
  if (number > known && (number - known > jump || time - jumped > LATELY)) {
    jump = number - known;
    jumped = time;
  }
  last = number;
  if (seen[number / 8] & bit) {
    again++;
  } else {
    seen[number / 8] |= bit;
    different++;
  }
  if (number < known) {
    behind++;
  } else {
    known = number + 1;
  }
}

static _Noreturn void receive_datagrams(const char *port, int tell) {
  static unsigned char buffers[BATCH][DATAGRAM_MAX];
  static struct sockaddr_in6 from[BATCH];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  int fd = bound(port, SOCK_DGRAM), size = SOCKET_BUFFER;
  int64_t answered = 0;

  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0) fail("SO_RCVBUFFORCE");
  seen = calloc(NUMBERS / 8, 1);
  if (!seen) fail("calloc");
  for (int i = 0; i < BATCH; i++)
    vectors[i] = (struct iovec){.iov_base = buffers[i], .iov_len = DATAGRAM_MAX};
  for (;;) {
    uint32_t before = asked;
    int64_t time;
    int got;

    for (int i = 0; i < BATCH; i++)
      messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                            .msg_namelen = sizeof(from[i]),
                                            .msg_iov = &vectors[i],
                                            .msg_iovlen = 1};
    got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (got < 0 && errno != EINTR && errno != ECONNREFUSED) fail("recvmmsg");
    if (got <= 0) continue;
    time = now();
    for (int i = 0; i < got; i++) {
      uint32_t number;

      if (messages[i].msg_len < sizeof(number)) continue;
      memcpy(&number, buffers[i], sizeof(number));
      if (number == ASKED) {
        asked++;
      } else {
        count(ntohl(number), time, tell);
      }
    }
    if (asked != before || time - answered >= ANSWER_EVERY) {
      uint32_t answer[] = {htonl(known), htonl(different), htonl(again), htonl(behind),
                           htonl(asked),
                           htonl(time - jumped > LATELY ? 0 : jump)};

      answered = time;
      sendto(fd, answer, sizeof(answer), 0, (struct sockaddr *)&from[got - 1],
             sizeof(from[got - 1]));
    }
  }
}

static void receive_stream(int fd) {
  static unsigned char buffer[STREAM_READ];
  uint64_t bytes = 0;
  int64_t answered = 0;
  int on = 1;
  ssize_t got;

  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
    int64_t time = now();

    bytes += (uint64_t)got;
    if (time - answered >= ANSWER_EVERY) {
      uint64_t answer = htobe64(bytes);

      answered = time;
      if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0) break;
    }
  }
  close(fd);
}

static _Noreturn void receive_streams(const char *port) {
  int listener = bound(port, SOCK_STREAM);

  if (listen(listener, 1) < 0) fail("listen");
  for (;;) {
    int fd = accept(listener, NULL, NULL);

    if (fd >= 0) receive_stream(fd);
  }
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "";

  if (strcmp(what, "udp") == 0) receive_datagrams(argv[2], argc > 3);
  if (strcmp(what, "tcp") == 0) receive_streams(argv[2]);
  fprintf(stderr, "usage: see the head of arrivals.c\n");
  return 1;
}
