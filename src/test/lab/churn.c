/*
 * Connections that come and go, many at a time:
 *
 *   churn ADDRESS COUNT PORT SECONDS PARALLEL RATE
 *
 * Each connects to one of COUNT addresses from ADDRESS on (IPv4) in turn, sends one byte to traffic
 * tcp-serve, gets one back, waits for the end and closes. PARALLEL of them go on at once, RATE is the
 * most per second, 0 any. With many addresses the ports last: 50,000 would be used up in seconds.
 * Says "connections N seconds S failed N".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, WAIT_MS = 5 };

static const int64_t SECOND = 1000 * 1000 * 1000;
static const char ANSWER_AND_CLOSE = 'c'; /* see traffic.c */

static uint32_t first_address, address_count;
static uint16_t port;
static int epoll;
static uint64_t started, done, failed;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

static void start_one(void) {
  struct sockaddr_in to = {
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr.s_addr = htonl(first_address + (uint32_t)(started % address_count)),
  };
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};

  if (fd < 0) fail("socket");
  started++;
  if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) fail("connect");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

/* Connected, or not: sends the request. Returns whether the connection goes on. */
static int request(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

  if (send(fd, &ANSWER_AND_CLOSE, 1, MSG_NOSIGNAL) != 1) {
    failed++;
    return 0;
  }
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) < 0) fail("epoll_ctl");
  return 1;
}

/* The answer, the end, or both. Returns whether the connection goes on. */
static int response(int fd) {
  char bytes[16];

  for (;;) {
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

    if (got > 0) continue;
    if (got < 0 && errno == EAGAIN) return 1;
    if (got < 0) {
      failed++;
    } else {
      done++;
    }
    return 0;
  }
}

static void handle(const struct epoll_event *event) {
  int fd = event->data.fd;
  int goes_on = event->events & EPOLLIN ? response(fd) : request(fd);

  if (!goes_on) close(fd);
}

int main(int argc, char **argv) {
  struct epoll_event events[EVENTS];
  uint64_t parallel;
  double rate;
  int64_t start, end, time;

  if (argc != 7) {
    fprintf(stderr, "usage: churn ADDRESS COUNT PORT SECONDS PARALLEL RATE\n");
    return 1;
  }
  first_address = ntohl(inet_addr(argv[1]));
  address_count = (uint32_t)atoi(argv[2]);
  port = (uint16_t)atoi(argv[3]);
  parallel = strtoull(argv[5], NULL, 10);
  rate = atof(argv[6]);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  start = now();
  end = start + (int64_t)(atof(argv[4]) * (double)SECOND);
  for (time = start; time < end; time = now()) {
    double due = rate > 0 ? (double)(time - start) * rate / (double)SECOND : 1e18;
    int ready;

    while (started - done - failed < parallel && (double)started < due) start_one();
    ready = epoll_wait(epoll, events, EVENTS, WAIT_MS);
    for (int i = 0; i < ready; i++) handle(&events[i]);
  }
  printf("connections %llu seconds %.6f failed %llu\n", (unsigned long long)done,
         (double)(time - start) / (double)SECOND, (unsigned long long)failed);
  return 0;
}
