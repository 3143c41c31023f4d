/*
 * A link that delays, loses and reorders frames, which this kernel has no queueing discipline for:
 *
 *   lossy-link END END THERE BACK SEED
 *
 * An END is a TAP device, NAMESPACE:DEVICE as ip netns knows it, or the path of a stream socket of
 * QEMU's framing (32-bit big-endian length, frame). THERE is what happens on the way from the first
 * end to the second, BACK the other way: LOSS:DELAY:REORDERED, the share of frames that is lost, the
 * time that each takes in microseconds, and the share that takes a millisecond more, so that those
 * behind pass it. SEED makes the choice of frames, which is the same with each run.
 *
 * Only IPv4 and IPv6 are lost or reordered: ARP stays usable. No frame is dropped but on purpose: a
 * full queue holds up its reader, and frames wait in the TAP's own queue (make it long) or in the
 * socket. Says "connected" when frames pass, and ends when the socket is closed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
  LENGTH_BYTES = 4,
  FRAME_MIN = 14,
  FRAME_MAX = 65535 + 14,
  READ_AHEAD = 1 << 20,
  BATCH = 64,
  ENTRY_MAX = 65600,
  /* 100 ms at 5 Gbit/s. There are four lanes. */
  LANE_BYTES = 64 << 20
};

static const int64_t SECOND = 1000 * 1000 * 1000;
static const int64_t MICROSECOND = 1000;

/* What a frame that is held back takes longer. */
static const int64_t HOLD = 1000 * 1000;

/* Frames that are due within one are handed on together: else a timer would be set for each. */
static const int64_t TICK = 50 * 1000;

static const int64_t NEVER = INT64_MAX;

struct end {
  int fd;
  int is_socket;
};

/* A frame in a lane, with the length in front that a stream socket wants. */
struct entry {
  int64_t due;
  uint32_t length;
  uint32_t length_on_wire;
  unsigned char frame[];
};

/* Frames in the order in which they came and in which they are due: a ring of entries, none of which
 * goes over its end. Positions only grow. */
struct lane {
  unsigned char *memory;
  uint64_t head, tail;
};

struct direction {
  struct end *from, *to;
  double loss, reordered;
  int64_t delay;
  uint64_t random;

  pthread_mutex_t lock; /* for all that follows */
  pthread_cond_t filled, emptied;
  struct lane prompt, late;
  int64_t writer_wakes; /* when it looks again by itself; 0 while it is at work */
  int reader_waits;
};

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "lossy-link: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

/* Ends */

static struct end open_tap(const char *namespace, const char *device) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  char path[256];
  int netns, fd;

  snprintf(path, sizeof(path), "/run/netns/%s", namespace);
  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
  netns = open(path, O_RDONLY | O_CLOEXEC);
  if (netns < 0 || setns(netns, CLONE_NEWNET) < 0) fail(path);
  close(netns);
  fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  return (struct end){.fd = fd};
}

static struct end connect_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0) fail("socket");
  snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
  if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) fail(path);
  return (struct end){.fd = fd, .is_socket = 1};
}

static struct end open_end(char *name) {
  char *colon = strchr(name, ':');

  if (name[0] == '/') return connect_socket(name);
  if (!colon) {
    fprintf(stderr, "lossy-link: neither NAMESPACE:DEVICE nor a path: %s\n", name);
    exit(1);
  }
  *colon = 0;
  return open_tap(name, colon + 1);
}

/* Chance: splitmix64, good enough for any seed and the same everywhere. */

static uint64_t next_random(uint64_t *state) {
  uint64_t mixed = *state += 0x9e3779b97f4a7c15;

  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

static int chance(struct direction *way, double share) {
  return (double)(next_random(&way->random) >> 11) * 0x1p-53 < share;
}

/* Lanes */

/* Where the entry is that begins there, or would: at the start again if it could go over the end. */
static uint64_t fitting(uint64_t position) {
  uint64_t left = LANE_BYTES - position % LANE_BYTES;

  return left < ENTRY_MAX ? position + left : position;
}

static struct entry *entry_at(const struct lane *lane, uint64_t position) {
  return (struct entry *)(lane->memory + fitting(position) % LANE_BYTES);
}

static uint64_t behind(const struct lane *lane, uint64_t position) {
  uint64_t size = sizeof(struct entry) + entry_at(lane, position)->length;

  return fitting(position) + (size + 7) / 8 * 8;
}

static int has_room(const struct lane *lane) {
  return lane->tail - lane->head + 2 * ENTRY_MAX <= LANE_BYTES;
}

static struct lane make_lane(void) {
  void *memory = mmap(NULL, LANE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED) fail("mmap");
  return (struct lane){.memory = memory};
}

/* In */

static int is_ip(const unsigned char *frame) {
  int type = frame[12] << 8 | frame[13];

  return type == ETH_P_IP || type == ETH_P_IPV6;
}

static void append(struct direction *way, struct lane *lane, int64_t due,
                   const unsigned char *frame, size_t length) {
  struct entry *entry;
  int wake;

  pthread_mutex_lock(&way->lock);
  while (!has_room(lane)) {
    way->reader_waits = 1;
    pthread_cond_wait(&way->emptied, &way->lock);
  }
  entry = entry_at(lane, lane->tail);
  entry->due = due;
  entry->length = (uint32_t)length;
  entry->length_on_wire = htonl((uint32_t)length);
  memcpy(entry->frame, frame, length);
  lane->tail = behind(lane, lane->tail);
  wake = due < way->writer_wakes;
  if (wake) way->writer_wakes = due;
  pthread_mutex_unlock(&way->lock);
  if (wake) pthread_cond_signal(&way->filled);
}

static void accept_frame(struct direction *way, int64_t time, const unsigned char *frame,
                         size_t length) {
  int64_t due = time + way->delay;
  int ip = is_ip(frame);

  if (ip && chance(way, way->loss)) return;
  if (way->delay > 0) due = (due + TICK - 1) / TICK * TICK;
  if (ip && chance(way, way->reordered)) {
    append(way, &way->late, due + HOLD, frame, length);
  } else {
    append(way, &way->prompt, due, frame, length);
  }
}

static void read_tap(struct direction *way) {
  unsigned char *frame = malloc(FRAME_MAX);

  for (;;) {
    ssize_t got = read(way->from->fd, frame, FRAME_MAX);

    /* EIO: the interface is down. */
    if (got < 0 && (errno == EINTR || errno == EIO || errno == EBADFD)) continue;
    if (got < FRAME_MIN) fail("reading the TAP device");
    accept_frame(way, now(), frame, (size_t)got);
  }
}

/* Takes all whole frames of the buffer; returns how many bytes remain of the last one. */
static size_t take_apart(struct direction *way, unsigned char *buffer, size_t filled) {
  int64_t time = now();
  size_t at = 0;

  while (filled - at >= LENGTH_BYTES) {
    uint32_t length;

    memcpy(&length, buffer + at, LENGTH_BYTES);
    length = ntohl(length);
    if (length < FRAME_MIN || length > FRAME_MAX) {
      fprintf(stderr, "lossy-link: frame of %u bytes: the stream is broken\n", length);
      exit(1);
    }
    if (filled - at < LENGTH_BYTES + length) break;
    accept_frame(way, time, buffer + at + LENGTH_BYTES, length);
    at += LENGTH_BYTES + length;
  }
  memmove(buffer, buffer + at, filled - at);
  return filled - at;
}

static void read_socket(struct direction *way) {
  unsigned char *buffer = malloc(READ_AHEAD);
  size_t filled = 0;

  for (;;) {
    ssize_t got = recv(way->from->fd, buffer + filled, READ_AHEAD - filled, 0);

    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) exit(0);
    filled = take_apart(way, buffer, filled + (size_t)got);
  }
}

static void *reader(void *direction) {
  struct direction *way = direction;

  if (way->from->is_socket) {
    read_socket(way);
  } else {
    read_tap(way);
  }
  return NULL;
}

/* Out */

/* The frames to hand on next, and where the lanes go on behind them. */
struct batch {
  struct entry *entries[BATCH];
  int count;
  uint64_t prompt, late;
};

/* Collects what is due by now; returns when the next frame is. */
static int64_t collect(const struct direction *way, struct batch *batch, int64_t time) {
  const struct lane *prompt = &way->prompt, *late = &way->late;

  *batch = (struct batch){.prompt = prompt->head, .late = late->head};
  while (batch->count < BATCH) {
    struct entry *one = batch->prompt < prompt->tail ? entry_at(prompt, batch->prompt) : NULL;
    struct entry *other = batch->late < late->tail ? entry_at(late, batch->late) : NULL;
    int is_late = other && (!one || other->due < one->due);
    struct entry *first = is_late ? other : one;

    if (!first) return NEVER;
    if (first->due > time) return first->due;
    batch->entries[batch->count++] = first;
    if (is_late) {
      batch->late = behind(late, batch->late);
    } else {
      batch->prompt = behind(prompt, batch->prompt);
    }
  }
  return time;
}

static void await_due(struct direction *way, struct batch *batch) {
  pthread_mutex_lock(&way->lock);
  for (;;) {
    int64_t next = collect(way, batch, now());
    struct timespec until = {.tv_sec = next / SECOND, .tv_nsec = next % SECOND};

    if (batch->count > 0) break;
    way->writer_wakes = next;
    if (next == NEVER) {
      pthread_cond_wait(&way->filled, &way->lock);
    } else {
      pthread_cond_timedwait(&way->filled, &way->lock, &until);
    }
    way->writer_wakes = 0;
  }
  pthread_mutex_unlock(&way->lock);
}

static void release(struct direction *way, const struct batch *batch) {
  pthread_mutex_lock(&way->lock);
  way->prompt.head = batch->prompt;
  way->late.head = batch->late;
  if (way->reader_waits) {
    way->reader_waits = 0;
    pthread_cond_signal(&way->emptied);
  }
  pthread_mutex_unlock(&way->lock);
}

static void write_tap(int tap, const struct batch *batch) {
  for (int i = 0; i < batch->count; i++) {
    const struct entry *entry = batch->entries[i];

    /* EIO: the interface is down, EINVAL: larger than its MTU; its counters tell. */
    if (write(tap, entry->frame, entry->length) < 0 && errno != EIO && errno != EINVAL)
      fail("writing to the TAP device");
  }
}

static void write_socket(int socket, const struct batch *batch) {
  struct iovec vectors[BATCH];
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)batch->count};

  for (int i = 0; i < batch->count; i++) {
    struct entry *entry = batch->entries[i];

    vectors[i] = (struct iovec){
        .iov_base = &entry->length_on_wire,
        .iov_len = LENGTH_BYTES + entry->length,
    };
  }
  while (message.msg_iovlen > 0) {
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);

    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) exit(0); /* it was closed */
    while (message.msg_iovlen > 0 && (size_t)sent >= message.msg_iov->iov_len) {
      sent -= (ssize_t)message.msg_iov->iov_len;
      message.msg_iov++;
      message.msg_iovlen--;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
      message.msg_iov->iov_len -= (size_t)sent;
    }
  }
}

static void *writer(void *direction) {
  struct direction *way = direction;
  struct batch batch;

  for (;;) {
    await_due(way, &batch);
    if (way->to->is_socket) {
      write_socket(way->to->fd, &batch);
    } else {
      write_tap(way->to->fd, &batch);
    }
    release(way, &batch);
  }
  return NULL;
}

static void prepare(struct direction *way, const char *impairment, uint64_t seed) {
  pthread_condattr_t monotonic;
  double microseconds;

  if (sscanf(impairment, "%lf:%lf:%lf", &way->loss, &microseconds, &way->reordered) != 3) {
    fprintf(stderr, "lossy-link: not LOSS:DELAY:REORDERED: %s\n", impairment);
    exit(1);
  }
  way->delay = (int64_t)(microseconds * (double)MICROSECOND);
  way->random = seed;
  way->prompt = make_lane();
  way->late = make_lane();
  pthread_mutex_init(&way->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&way->filled, &monotonic);
  pthread_cond_init(&way->emptied, &monotonic);
}

static void start(void *(*body)(void *), struct direction *way) {
  pthread_t thread;

  if (pthread_create(&thread, NULL, body, way) != 0) fail("pthread_create");
}

int main(int argc, char **argv) {
  static struct end first, second;
  static struct direction there = {.from = &first, .to = &second};
  static struct direction back = {.from = &second, .to = &first};

  if (argc != 6) {
    fprintf(stderr, "usage: lossy-link END END THERE BACK SEED\n");
    return 1;
  }
  first = open_end(argv[1]);
  second = open_end(argv[2]);
  prepare(&there, argv[3], strtoull(argv[5], NULL, 10));
  prepare(&back, argv[4], ~strtoull(argv[5], NULL, 10));
  /* Threads inherit it: timers as exact as the kernel can. */
  prctl(PR_SET_TIMERSLACK, 1UL);
  puts("connected");
  fflush(stdout);
  start(writer, &there);
  start(writer, &back);
  start(reader, &there);
  reader(&back);
  return 0;
}
