/*
 * Traffic for measurements, where iperf3 would be the limit or has no such test:
 *
 *   traffic udp-sink PORT                            counts datagrams; see below
 *   traffic udp-send ADDRESS PORT SIZE RATE SECONDS SESSION SOCKETS [to|from FIRST COUNT]
 *   traffic tcp-serve PORT                           answers requests of one byte
 *   traffic tcp-rr ADDRESS PORT SECONDS              request/response on one connection
 *   traffic tcp-crr ADDRESS PORT SECONDS             connect/request/response/close
 *   traffic udp-serve PORT                           sends each datagram back
 *   traffic udp-rr ADDRESS PORT SECONDS              request/response on one flow
 *   traffic tcp-hold ADDRESS PORT COUNT              idle connections until standard input ends
 *   traffic no-offload DEVICE                        turns segmentation and checksum offload off
 *
 * Addresses are numeric, of either family. Each says what it measured in one line of words and
 * numbers. A server says "ready" first.
 *
 * A datagram begins with session and sequence number, 32 bits each. The sink counts those of the
 * highest session that it has seen, and answers each line on standard input with one of output.
 *
 * The sender makes one flow per socket, or one per socket and address: those of COUNT addresses from
 * FIRST on (IPv4), to which or from which it sends then. Flows take turns with every datagram. Several
 * sockets have the same ports each time, so that the next run goes on with the same flows.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  BATCH = 64,
  DATAGRAM_MAX = 65536,
  SOCKET_BUFFER = 32 << 20,
  BACKLOG = 4096,
  EVENTS = 256,
  REQUEST_MAX = 64,
  SAMPLES_MAX = 1 << 20,
  FIRST_PORT = 30000
};

/* Datagrams are sent in bursts of what is due every TICK; what a sender that was held up is behind
 * with is given up beyond CATCH_UP, because a burst of it would be a test of queues instead. */
static const int64_t TICK = 50 * 1000;
static const int64_t CATCH_UP = 2 * 1000 * 1000;
static const int64_t SECOND = 1000 * 1000 * 1000;

/* The requests of tcp-serve: answer, or answer and close. */
static const char ANSWER = 'a', ANSWER_AND_CLOSE = 'c';

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_until(int64_t when) {
  struct timespec time = {.tv_sec = when / SECOND, .tv_nsec = when % SECOND};

  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void say(const char *line) {
  puts(line);
  fflush(stdout);
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max = limit.rlim_max < 1 << 20 ? 1 << 20 : limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static struct addrinfo *resolve(const char *address, const char *port, int type) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type};
  struct addrinfo *found;

  if (getaddrinfo(address, port, &hints, &found) != 0) {
    fprintf(stderr, "traffic: bad address or port: %s %s\n", address, port);
    exit(1);
  }
  return found;
}

/* From the port given, or from any if it is 0. */
static int connected_from(uint16_t port, const struct addrinfo *to) {
  struct sockaddr_in6 from = {.sin6_family = (sa_family_t)to->ai_family, .sin6_port = htons(port)};
  int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);

  if (fd < 0) fail("socket");
  /* Family and port are in the same place for both families, and the rest is zero. */
  if (port && bind(fd, (struct sockaddr *)&from, to->ai_addrlen) < 0) fail("bind");
  if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) fail("connect");
  return fd;
}

static int connected(const struct addrinfo *to) { return connected_from(0, to); }

static int bound(const char *port, int type) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  int off = 0, on = 1;

  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) fail("bind");
  return fd;
}

static void no_delay(int fd) {
  int on = 1;

  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* UDP */

static struct {
  pthread_mutex_t lock;
  uint32_t session;
  uint32_t highest;
  uint64_t received, behind;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void count(const unsigned char *datagram, unsigned length) {
  uint32_t head[2];

  if (length < sizeof(head)) return;
  memcpy(head, datagram, sizeof(head));
  if (head[0] > seen.session) {
    seen.session = head[0];
    seen.highest = 0;
    seen.received = seen.behind = 0;
  }
  if (head[0] != seen.session) return;
  seen.received++;
  if (head[1] < seen.highest) {
    seen.behind++;
  } else {
    seen.highest = head[1];
  }
}

static void *receive_all(void *socket) {
  static unsigned char buffers[BATCH][DATAGRAM_MAX];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  int fd = *(int *)socket;

  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = buffers[i], .iov_len = DATAGRAM_MAX};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  for (;;) {
    int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);

    if (got < 0 && errno != EINTR) fail("recvmmsg");
    pthread_mutex_lock(&seen.lock);
    for (int i = 0; i < got; i++) count(buffers[i], messages[i].msg_len);
    pthread_mutex_unlock(&seen.lock);
  }
}

static void udp_sink(const char *port) {
  static int fd;
  char line[128];
  int size = SOCKET_BUFFER;
  pthread_t thread;

  fd = bound(port, SOCK_DGRAM);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0) fail("SO_RCVBUFFORCE");
  if (pthread_create(&thread, NULL, receive_all, &fd) != 0) fail("pthread_create");
  say("ready");
  while (fgets(line, sizeof(line), stdin)) {
    pthread_mutex_lock(&seen.lock);
    printf("session %u received %llu behind %llu\n", seen.session,
           (unsigned long long)seen.received, (unsigned long long)seen.behind);
    pthread_mutex_unlock(&seen.lock);
    fflush(stdout);
  }
}

/* One batch of datagrams, all of one socket, and the addresses that they go to or come from. */
static struct {
  unsigned char buffers[BATCH][DATAGRAM_MAX];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  struct sockaddr_in to[BATCH];
  struct {
    struct cmsghdr header;
    struct in_pktinfo info;
  } from[BATCH];
} batch;

/* The flows: socket I and address J together are flow I * address_count + J. */
static struct {
  int *sockets;
  uint64_t socket_count, address_count;
  uint32_t first_address;
  enum { ONE, TO, FROM } varying;
} flows = {.address_count = 1};

static void make_batch(uint32_t session, unsigned size) {
  for (int i = 0; i < BATCH; i++) {
    memcpy(batch.buffers[i], &session, sizeof(session));
    batch.vectors[i] = (struct iovec){.iov_base = batch.buffers[i], .iov_len = size};
    batch.messages[i].msg_hdr = (struct msghdr){.msg_iov = &batch.vectors[i], .msg_iovlen = 1};
  }
}

static void make_flows(const struct addrinfo *to, char **argument, int count) {
  flows.socket_count = strtoull(argument[0], NULL, 10);
  flows.sockets = calloc(flows.socket_count, sizeof(int));
  for (uint64_t i = 0; i < flows.socket_count; i++)
    flows.sockets[i] = connected_from(flows.socket_count > 1 ? FIRST_PORT + i : 0, to);
  if (count < 4) return;
  flows.varying = strcmp(argument[1], "to") == 0 ? TO : FROM;
  flows.first_address = ntohl(inet_addr(argument[2]));
  flows.address_count = strtoull(argument[3], NULL, 10);
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *message = &batch.messages[i].msg_hdr;

    if (flows.varying == TO) {
      memcpy(&batch.to[i], to->ai_addr, sizeof(batch.to[i]));
      message->msg_name = &batch.to[i];
      message->msg_namelen = sizeof(batch.to[i]);
    } else {
      batch.from[i].header = (struct cmsghdr){
          .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)),
          .cmsg_level = IPPROTO_IP,
          .cmsg_type = IP_PKTINFO,
      };
      message->msg_control = &batch.from[i];
      message->msg_controllen = sizeof(batch.from[i]);
    }
  }
}

/* Fills in what tells the datagram with this number from others; returns its socket. */
static int number(unsigned slot, uint64_t sequence) {
  uint64_t flow = sequence % (flows.socket_count * flows.address_count);
  uint32_t low = (uint32_t)sequence;
  uint32_t address = htonl(flows.first_address + (uint32_t)(flow % flows.address_count));

  memcpy(batch.buffers[slot] + 4, &low, sizeof(low));
  if (flows.varying == TO) batch.to[slot].sin_addr.s_addr = address;
  if (flows.varying == FROM) batch.from[slot].info.ipi_spec_dst.s_addr = address;
  return flows.sockets[flow / flows.address_count];
}

/* Sends as many as are due, unless the device's queue is full; returns how many. */
static uint64_t send_due(uint64_t sequence, uint64_t due) {
  uint64_t sent = 0;

  while (sent < due) {
    unsigned wanted = 0;
    int socket = number(0, sequence + sent), taken;

    do {
      wanted++;
    } while (wanted < BATCH && sent + wanted < due &&
             number(wanted, sequence + sent + wanted) == socket);
    taken = sendmmsg(socket, batch.messages, wanted, 0);
    /* ECONNREFUSED tells of an earlier datagram; ENOBUFS is a full queue of the device. */
    if (taken < 0) {
      if (errno == EINTR || errno == ECONNREFUSED) continue;
      if (errno == ENOBUFS) break;
      fail("sendmmsg");
    }
    sent += (uint64_t)taken;
  }
  return sent;
}

static void udp_send(char **argument, int count) {
  const struct addrinfo *to = resolve(argument[0], argument[1], SOCK_DGRAM);
  double rate = atof(argument[3]), seconds = atof(argument[4]);
  uint64_t sent = 0, given_up = 0;
  int64_t start, end, time;

  raise_descriptor_limit();
  prctl(PR_SET_TIMERSLACK, 1UL);
  make_batch((uint32_t)atoi(argument[5]), (unsigned)atoi(argument[2]));
  make_flows(to, argument + 6, count - 6);
  start = now();
  end = start + (int64_t)(seconds * (double)SECOND);
  for (time = start; time < end; time = now()) {
    uint64_t due = (uint64_t)((double)(time - start) * rate / (double)SECOND) - given_up;
    uint64_t most = (uint64_t)((double)CATCH_UP * rate / (double)SECOND) + 1;

    if (due > sent + most) {
      given_up += due - sent - most;
      due = sent + most;
    }
    sent += send_due(sent, due - sent);
    sleep_until(time + TICK);
  }
  printf("sent %llu seconds %.6f\n", (unsigned long long)sent,
         (double)(time - start) / (double)SECOND);
}

/* TCP */

/* Answers what is there; returns whether the connection goes on. */
static int serve(int fd) {
  char request[REQUEST_MAX];
  ssize_t got = read(fd, request, sizeof(request));

  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
  if (got <= 0) return 0;
  if (send(fd, request, (size_t)got, MSG_NOSIGNAL) != got) return 0;
  return request[got - 1] != ANSWER_AND_CLOSE;
}

static void accept_all(int epoll, int listener) {
  int fd;

  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    no_delay(fd);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
  }
  if (errno != EAGAIN && errno != ECONNABORTED) fail("accept");
}

static void tcp_serve(const char *port) {
  int listener, epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];

  raise_descriptor_limit();
  listener = bound(port, SOCK_STREAM | SOCK_NONBLOCK);
  event.data.fd = listener;
  if (listen(listener, BACKLOG) < 0) fail("listen");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll_ctl");
  say("ready");
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);

    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == listener) {
        accept_all(epoll, listener);
      } else if (!serve(events[i].data.fd)) {
        close(events[i].data.fd);
      }
    }
  }
}

static int64_t samples[SAMPLES_MAX];
static size_t sample_count;

static int compare(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

  return (a > b) - (a < b);
}

static void print_transactions(uint64_t transactions, int64_t taken) {
  qsort(samples, sample_count, sizeof(samples[0]), compare);
  printf("transactions %llu seconds %.6f median %.1f us p99 %.1f us\n",
         (unsigned long long)transactions, (double)taken / (double)SECOND,
         sample_count ? (double)samples[sample_count / 2] / 1e3 : 0,
         sample_count ? (double)samples[sample_count * 99 / 100] / 1e3 : 0);
}

static void transact(int fd, char request) {
  char answer;
  ssize_t got;

  if (send(fd, &request, 1, MSG_NOSIGNAL) != 1) fail("send");
  got = recv(fd, &answer, 1, 0);
  if (got < 0) fail("recv");
  if (got != 1) {
    fprintf(stderr, "traffic: closed instead of answered\n");
    exit(1);
  }
}

static void transactions(char **argument, int connect_each) {
  const struct addrinfo *to = resolve(argument[0], argument[1], SOCK_STREAM);
  int64_t start, end, time;
  uint64_t done = 0;
  int fd = -1;

  if (!connect_each) {
    fd = connected(to);
    no_delay(fd);
    transact(fd, ANSWER);
  }
  start = now();
  end = start + (int64_t)(atof(argument[2]) * (double)SECOND);
  for (time = start; time < end; done++) {
    int64_t before = time;

    if (connect_each) {
      char none;

      fd = connected(to);
      transact(fd, ANSWER_AND_CLOSE);
      if (recv(fd, &none, 1, 0) != 0) fail("waiting for the end");
      close(fd);
    } else {
      transact(fd, ANSWER);
    }
    time = now();
    if (sample_count < SAMPLES_MAX) samples[sample_count++] = time - before;
  }
  print_transactions(done, time - start);
}

/* From the address that was asked, of which there may be many here. */
static void udp_serve(const char *port) {
  int fd = bound(port, SOCK_DGRAM), on = 1;

  if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0) fail("IPV6_RECVPKTINFO");
  say("ready");
  for (;;) {
    char request[REQUEST_MAX], control[256];
    struct sockaddr_in6 from;
    struct iovec vector = {.iov_base = request, .iov_len = sizeof(request)};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(fd, &message, 0);

    if (got < 0) continue;
    vector.iov_len = (size_t)got;
    sendmsg(fd, &message, 0);
  }
}

/* A datagram that is lost ends the run: nothing here may lose one. */
static void udp_transactions(char **argument) {
  const struct addrinfo *to = resolve(argument[0], argument[1], SOCK_DGRAM);
  struct timeval patience = {.tv_sec = 2};
  int fd = connected(to);
  int64_t start, end, time;
  uint64_t done = 0;

  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  transact(fd, ANSWER);
  start = now();
  end = start + (int64_t)(atof(argument[2]) * (double)SECOND);
  for (time = start; time < end; done++) {
    int64_t before = time;

    transact(fd, ANSWER);
    time = now();
    if (sample_count < SAMPLES_MAX) samples[sample_count++] = time - before;
  }
  print_transactions(done, time - start);
}

static void tcp_hold(char **argument) {
  const struct addrinfo *to = resolve(argument[0], argument[1], SOCK_STREAM);
  long wanted = atol(argument[2]);
  char byte;

  raise_descriptor_limit();
  for (long i = 0; i < wanted; i++) {
    int fd = connected(to);

    /* One exchange: a connection that was accepted at the far end, not only by a proxy. */
    transact(fd, ANSWER);
  }
  say("ready");
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}

/* Devices */

static void ethtool_off(int fd, const char *device, uint32_t command) {
  struct ethtool_value value = {.cmd = command, .data = 0};
  struct ifreq request = {0};

  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
  request.ifr_data = (void *)&value;
  if (ioctl(fd, SIOCETHTOOL, &request) < 0 && errno != EOPNOTSUPP) fail("SIOCETHTOOL");
}

static void no_offload(const char *device) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) fail("socket");
  ethtool_off(fd, device, ETHTOOL_STSO);
  ethtool_off(fd, device, ETHTOOL_SGSO);
  ethtool_off(fd, device, ETHTOOL_SGRO);
  ethtool_off(fd, device, ETHTOOL_STXCSUM);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";

  if (strcmp(what, "udp-sink") == 0 && argc == 3) {
    udp_sink(argv[2]);
  } else if (strcmp(what, "udp-send") == 0 && (argc == 9 || argc == 12)) {
    udp_send(argv + 2, argc - 2);
  } else if (strcmp(what, "tcp-serve") == 0 && argc == 3) {
    tcp_serve(argv[2]);
  } else if (strcmp(what, "tcp-rr") == 0 && argc == 5) {
    transactions(argv + 2, 0);
  } else if (strcmp(what, "tcp-crr") == 0 && argc == 5) {
    transactions(argv + 2, 1);
  } else if (strcmp(what, "udp-serve") == 0 && argc == 3) {
    udp_serve(argv[2]);
  } else if (strcmp(what, "udp-rr") == 0 && argc == 5) {
    udp_transactions(argv + 2);
  } else if (strcmp(what, "tcp-hold") == 0 && argc == 5) {
    tcp_hold(argv + 2);
  } else if (strcmp(what, "no-offload") == 0 && argc == 3) {
    no_offload(argv[2]);
  } else {
    fprintf(stderr, "usage: see the head of traffic.c\n");
    return 1;
  }
  return 0;
}
