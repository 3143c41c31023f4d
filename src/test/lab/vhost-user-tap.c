/*
 * A vhost-user front-end whose guest is the kernel: what QEMU and a guest's driver do for a
 * virtio-net device, between a back-end's socket and a TAP device of the guest's namespace.
 *
 *   vhost-user-tap TAP SOCKET [PROPERTY=VALUE]...
 *
 * Properties are called as QEMU's device has them: queue_size=256; mrg_rxbuf, indirect_desc,
 * event_idx, csum, guest_csum, host_tso4, host_tso6, host_uso, guest_tso4, guest_tso6, guest_uso4
 * and guest_uso6, each =on unless =off. All that is on is agreed upon if the back-end offers it.
 *
 * Frames are read from the TAP device into the transmit queue's buffers, and written from the
 * receive queue's buffers, in one system call each and with their virtio-net header: the kernel
 * leaves out checksums and cuts no segments, in either direction, as far as that is agreed upon. No
 * frame is dropped here; a full transmit queue leaves them in the TAP's own (make it long).
 *
 * The back-end is held to the rules: what a driver would stumble over ends this program with a
 * message. Says "connected" when frames pass, ends when the socket is closed. For each line on
 * standard input, and at SIGTERM, prints (the device "receives" what goes to the guest):
 *
 *   kicks N interrupts N sent FRAMES BYTES GSO received FRAMES BYTES GSO refused N
 *
 * Sections named are those of virtio 1.3; message names those of QEMU's vhost-user specification.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Features by bit (5.1.3 and 6); the headers of older kernels don't have all. */
enum {
  CSUM = 0,
  GUEST_CSUM = 1,
  GUEST_TSO4 = 7,
  GUEST_TSO6 = 8,
  HOST_TSO4 = 11,
  HOST_TSO6 = 12,
  MRG_RXBUF = 15,
  INDIRECT_DESC = 28,
  EVENT_IDX = 29,
  PROTOCOL_FEATURES = 30,
  VERSION_1 = 32,
  GUEST_USO4 = 54,
  GUEST_USO6 = 55,
  HOST_USO = 56
};

enum { GSO_TCPV4 = 1, GSO_TCPV6 = 4, GSO_UDP_L4 = 5, GSO_ECN = 0x80 };

/* What the reader of a TAP device can take; UDP's are not in older headers. */
enum { TAKES_USO = 0x20 | 0x40 };

enum { RECEIVE = 0, TRANSMIT = 1, QUEUES = 2 };

/* Of the memory that is the guest's: its physical address, the place of a ring and of its indirect
 * tables, a page, and the largest frame with its header in whole pages (5.1.6.3.1). */
enum { GUEST_ADDRESS = 0x40000000, RING_BYTES = 0x10000, TABLES_BYTES = 0x80000, PAGE = 4096 };
enum { LARGEST = 17 * PAGE };

/* A frame to be sent, as Linux has it: its headers, then the memory that the sender's bytes are
 * in, which the kernel takes in such pieces. */
enum { HEADERS = 256, FRAGMENT = 0x8000 };

enum { QUEUE_MAX = 1024, HEADER = sizeof(struct virtio_net_hdr_v1), SMALL = HEADER + 1514 };

/* A queue's part of the memory; its buffers are used in turn, few of them as a rule. */
static const size_t QUEUE_BYTES = RING_BYTES + TABLES_BYTES + (size_t)QUEUE_MAX * LARGEST;

/* Frames of the TAP device that one kick tells of at most. */
enum { BATCH = 32 };

struct queue {
  struct vring ring;
  uint16_t added, told; /* avail index: next, and when a kick was last considered */
  uint16_t seen;        /* used index: next to look at */
  int kick, call, err;

  /* Buffer number n is in pieces, each of one descriptor: in those from n * step on, or in the
   * table of its own that descriptor n tells of. All pieces but the first are equally long. */
  unsigned char *buffers;
  struct vring_desc *tables;
  unsigned count, pieces, step;
  uint32_t first, other, bytes;
};

struct traffic {
  uint64_t frames, bytes, gso;
};

static int tap, sock;
static uint64_t features;
static int need_ack;
static unsigned queue_size = 256;
static unsigned char *memory;
static struct queue queues[QUEUES];

/* Each written by one thread only, save the first two. */
static uint64_t kicks, interrupts, refused;
static struct traffic traffic[QUEUES];

static const struct {
  const char *name;
  int bit;
} PROPERTIES[] = {
    {"csum", CSUM},
    {"guest_csum", GUEST_CSUM},
    {"guest_tso4", GUEST_TSO4},
    {"guest_tso6", GUEST_TSO6},
    {"guest_uso4", GUEST_USO4},
    {"guest_uso6", GUEST_USO6},
    {"host_tso4", HOST_TSO4},
    {"host_tso6", HOST_TSO6},
    {"host_uso", HOST_USO},
    {"mrg_rxbuf", MRG_RXBUF},
    {"indirect_desc", INDIRECT_DESC},
    {"event_idx", EVENT_IDX},
    {"", PROTOCOL_FEATURES},
    {"", VERSION_1},
};

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "vhost-user-tap: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* The back-end does what it must not. */
static _Noreturn void __attribute__((format(printf, 1, 2))) blame(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  fprintf(stderr, "vhost-user-tap: the back-end broke the rules: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  exit(1);
}

static int has(int feature) {
  return features >> feature & 1;
}

static void count(uint64_t *counter, uint64_t more) {
  __atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

/* Messages */

enum request {
  GET_FEATURES = 1,
  SET_FEATURES = 2,
  SET_OWNER = 3,
  SET_MEM_TABLE = 5,
  SET_VRING_NUM = 8,
  SET_VRING_ADDR = 9,
  SET_VRING_BASE = 10,
  SET_VRING_KICK = 12,
  SET_VRING_CALL = 13,
  SET_VRING_ERR = 14,
  GET_PROTOCOL_FEATURES = 15,
  SET_PROTOCOL_FEATURES = 16,
  SET_VRING_ENABLE = 18
};

enum { VERSION = 1, REPLY = 4, NEED_REPLY = 8 };

static const uint64_t PROTOCOL_REPLY_ACK = 1 << 3;

struct header {
  uint32_t request, flags, size;
};

struct vring_state {
  uint32_t index, num;
};

struct vring_address {
  uint32_t index, flags;
  uint64_t desc, used, avail, log;
};

struct memory_table {
  uint32_t regions, padding;
  uint64_t guest_address, size, user_address, mmap_offset;
};

static uint64_t reply(uint32_t request) {
  struct {
    struct header header;
    uint64_t value;
  } __attribute__((packed)) message;

  if (recv(sock, &message, sizeof(message), MSG_WAITALL) != sizeof(message))
    blame("no answer to request %u", request);
  if (message.header.request != request || message.header.size != sizeof(message.value))
    blame("answer to request %u: request %u, %u bytes", request, message.header.request,
          message.header.size);
  return message.value;
}

/* Sends a request, with a descriptor unless fd is negative. */
static void send_request(uint32_t request, uint32_t flags, const void *payload, uint32_t size,
                         int fd) {
  struct header header = {.request = request, .flags = VERSION | flags, .size = size};
  struct iovec parts[] = {{&header, sizeof(header)}, {(void *)payload, size}};
  union {
    struct cmsghdr header;
    unsigned char bytes[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

  if (fd >= 0) {
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    message.msg_control = &control;
    message.msg_controllen = sizeof(control);
  }
  if (sendmsg(sock, &message, MSG_NOSIGNAL) != (ssize_t)(sizeof(header) + size)) fail("sendmsg");
}

static void tell(uint32_t request, const void *payload, uint32_t size, int fd) {
  send_request(request, need_ack ? NEED_REPLY : 0, payload, size, fd);
  if (need_ack && reply(request) != 0) blame("request %u refused", request);
}

static void tell_number(uint32_t request, uint64_t number, int fd) {
  tell(request, &number, sizeof(number), fd);
}

static void tell_vring(uint32_t request, uint32_t index, uint32_t number) {
  struct vring_state state = {index, number};

  tell(request, &state, sizeof(state), -1);
}

static uint64_t ask(uint32_t request) {
  send_request(request, 0, NULL, 0, -1);
  return reply(request);
}

/* Tries until the socket is there; 20 s are enough for any back-end to start. */
static void connect_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

  snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
  for (int attempt = 0; attempt < 2000; attempt++) {
    sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock < 0) fail("socket");
    if (connect(sock, (struct sockaddr *)&address, sizeof(address)) == 0) return;
    close(sock);
    nanosleep(&pause, NULL);
  }
  fail(path);
}

static void agree(uint64_t wanted) {
  static const int NEEDS[][2] = {{HOST_TSO4, CSUM},        {HOST_TSO6, CSUM},
                                 {HOST_USO, CSUM},         {GUEST_TSO4, GUEST_CSUM},
                                 {GUEST_TSO6, GUEST_CSUM}, {GUEST_USO4, GUEST_CSUM},
                                 {GUEST_USO6, GUEST_CSUM}};

  features = ask(GET_FEATURES) & wanted;
  for (unsigned i = 0; i < sizeof(NEEDS) / sizeof(*NEEDS); i++)
    if (!has(NEEDS[i][1])) features &= ~(UINT64_C(1) << NEEDS[i][0]);
  if (!has(VERSION_1)) blame("no VERSION_1");
  if (has(PROTOCOL_FEATURES)) {
    uint64_t protocol = ask(GET_PROTOCOL_FEATURES) & PROTOCOL_REPLY_ACK;

    tell_number(SET_PROTOCOL_FEATURES, protocol, -1);
    need_ack = protocol != 0;
  }
  tell(SET_OWNER, NULL, 0, -1);
  tell_number(SET_FEATURES, features, -1);
}

/* Queues */

static uint64_t guest_address(const void *at) {
  return GUEST_ADDRESS + (uint64_t)((const unsigned char *)at - memory);
}

static unsigned char *buffer(const struct queue *q, unsigned number) {
  return q->buffers + (size_t)number * q->bytes;
}

/* Describes as many of a buffer's pieces as bytes take (2.7.5). */
static void describe(struct queue *q, unsigned number, uint32_t bytes) {
  struct vring_desc *own = q->ring.desc + number * q->step;
  struct vring_desc *all = q->tables ? q->tables + number * q->pieces : own;
  uint16_t flags = q == &queues[RECEIVE] ? VRING_DESC_F_WRITE : 0;
  unsigned count = 0;

  for (uint32_t at = 0, length; at < bytes; at += length, count++) {
    length = count == 0 ? q->first : q->other;
    if (length > bytes - at) length = bytes - at;
    all[count].addr = guest_address(buffer(q, number) + at);
    all[count].len = length;
    all[count].next = all - (q->tables ? all : q->ring.desc) + count + 1;
    all[count].flags = flags | (at + length < bytes ? VRING_DESC_F_NEXT : 0);
  }
  if (!q->tables) return;
  own->addr = guest_address(all);
  own->len = count * sizeof(*all);
  own->flags = VRING_DESC_F_INDIRECT;
}

/* Makes the next buffer available (2.7.13); the back-end sees it at once. */
static void add(struct queue *q, unsigned number) {
  q->ring.avail->ring[q->added++ % q->ring.num] = number * q->step;
  __atomic_store_n(&q->ring.avail->idx, q->added, __ATOMIC_RELEASE);
}

/* Tells of new buffers, if the back-end wants to know (2.7.10). */
static void kick(struct queue *q) {
  int wanted;

  if (q->told == q->added) return;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (has(EVENT_IDX))
    wanted = vring_need_event(__atomic_load_n(&vring_avail_event(&q->ring), __ATOMIC_RELAXED),
                              q->added, q->told);
  else
    wanted = !(__atomic_load_n(&q->ring.used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY);
  q->told = q->added;
  if (!wanted) return;
  if (eventfd_write(q->kick, 1) < 0) fail("kick");
  count(&kicks, 1);
}

/* How many buffers came back and weren't looked at yet. */
static uint16_t returned(const struct queue *q) {
  uint16_t count = __atomic_load_n(&q->ring.used->idx, __ATOMIC_ACQUIRE) - q->seen;

  if (count > (uint16_t)(q->added - q->seen)) blame("used index %u ahead", count);
  return count;
}

/* Takes one that came back; length is what was written to it. */
static unsigned take(struct queue *q, uint32_t *length) {
  const struct vring_used_elem *used = &q->ring.used->ring[q->seen++ % q->ring.num];
  unsigned number = used->id / q->step;

  if (used->id % q->step != 0 || number >= q->count) blame("used descriptor %u", used->id);
  *length = used->len;
  return number;
}

/* Sleeps until the back-end interrupts, which it is to do once this many buffers more than now came
 * back; at any earlier one without EVENT_IDX (2.7.7). A back-end may make the descriptor one that
 * doesn't block, so it is polled. */
static void await_returned(struct queue *q, uint16_t wanted) {
  struct pollfd called = {.fd = q->call, .events = POLLIN};
  eventfd_t signals;

  if (has(EVENT_IDX))
    __atomic_store_n(&vring_used_event(&q->ring), q->seen + wanted - 1, __ATOMIC_RELAXED);
  else
    __atomic_store_n(&q->ring.avail->flags, 0, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (returned(q) < wanted) {
    if (poll(&called, 1, -1) < 0 || eventfd_read(q->call, &signals) < 0) fail("call");
    count(&interrupts, signals);
  }
  /* With EVENT_IDX the index stays behind, and comes up again after 65,535 buffers. */
  if (!has(EVENT_IDX))
    __atomic_store_n(&q->ring.avail->flags, VRING_AVAIL_F_NO_INTERRUPT, __ATOMIC_RELAXED);
}

/* From the guest */

static void *tap_to_queue(void *unused) {
  struct queue *q = &queues[TRANSMIT];
  struct pollfd ready = {.fd = tap, .events = POLLIN};
  unsigned free[QUEUE_MAX], left = q->count;
  uint32_t length;

  (void)unused;
  for (unsigned i = 0; i < left; i++) free[i] = i;
  for (;;) {
    for (uint16_t more = returned(q); more > 0; more--) free[left++] = take(q, &length);
    if (left == 0) {
      kick(q);
      await_returned(q, q->count * 3 / 4);
      continue;
    }

    struct virtio_net_hdr_v1 *header = (void *)buffer(q, free[left - 1]);
    ssize_t got = read(tap, header, q->bytes);

    if (got < 0 && (errno == EAGAIN || errno == EIO || errno == EBADFD)) {
      kick(q);
      poll(&ready, 1, -1);
      continue;
    }
    if (got < HEADER) fail("reading the TAP device");
    count(&traffic[TRANSMIT].frames, 1);
    count(&traffic[TRANSMIT].bytes, got - HEADER);
    if (header->gso_type != VIRTIO_NET_HDR_GSO_NONE) count(&traffic[TRANSMIT].gso, 1);
    describe(q, free[left - 1], got);
    add(q, free[--left]);
    if ((uint16_t)(q->added - q->told) >= BATCH) kick(q);
  }
}

/* To the guest */

/* The rules for the header of a packet that the device received (5.1.6.4.1). */
static void check_header(const struct virtio_net_hdr_v1 *header) {
  int feature;

  if (header->flags != 0 && !has(GUEST_CSUM)) blame("flags %#x, no GUEST_CSUM", header->flags);
  switch (header->gso_type & ~GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_NONE:
      return;
    case GSO_TCPV4:
      feature = has(GUEST_TSO4);
      break;
    case GSO_TCPV6:
      feature = has(GUEST_TSO6);
      break;
    case GSO_UDP_L4:
      feature = has(GUEST_USO4) || has(GUEST_USO6);
      break;
    default:
      feature = 0;
  }
  if (!feature) blame("segmentation %#x, which wasn't agreed upon", header->gso_type);
  if (!(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) blame("segmentation without NEEDS_CSUM");
}

/*
 * DATA_VALID says that the transport checksum, whatever it is, need not be looked at. The kernel
 * doesn't know that of a TAP device, but trusts a packet that NEEDS_CSUM: that is said instead.
 */
static void trust(struct virtio_net_hdr_v1 *header, uint32_t length) {
  const unsigned char *frame = (unsigned char *)(header + 1);
  int type = frame[12] << 8 | frame[13], protocol;

  header->flags = 0;
  if (length < HEADER + ETH_HLEN + 40) return;
  if (type == ETH_P_IP) {
    header->csum_start = ETH_HLEN + (frame[ETH_HLEN] & 0xf) * 4;
    protocol = frame[ETH_HLEN + 9];
  } else if (type == ETH_P_IPV6) {
    header->csum_start = ETH_HLEN + 40;
    protocol = frame[ETH_HLEN + 6];
  } else {
    return;
  }
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return;
  header->csum_offset = protocol == IPPROTO_TCP ? 16 : 6;
  header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* Writes the next frame, which lies in one buffer or, with MRG_RXBUF, in several. */
static void receive_frame(struct queue *q) {
  struct iovec parts[QUEUE_MAX];
  unsigned numbers[QUEUE_MAX], count_of = 1;
  struct virtio_net_hdr_v1 *header = NULL;
  size_t total = 0;

  for (unsigned i = 0; i < count_of; i++) {
    uint32_t length;

    numbers[i] = take(q, &length);
    parts[i] = (struct iovec){buffer(q, numbers[i]), length};
    if (length == 0 || length > q->bytes) blame("%u bytes in a buffer of %u", length, q->bytes);
    total += length;
    if (i > 0) continue;
    header = parts[0].iov_base;
    if (length < HEADER + ETH_HLEN) blame("a frame of %u bytes", length);
    check_header(header);
    count_of = header->num_buffers;
    if (count_of == 0 || count_of > (has(MRG_RXBUF) ? returned(q) + 1U : 1))
      blame("num_buffers %u, with %u used", count_of, returned(q) + 1);
  }
  if (header->flags == VIRTIO_NET_HDR_F_DATA_VALID) trust(header, parts[0].iov_len);
  count(&traffic[RECEIVE].frames, 1);
  count(&traffic[RECEIVE].bytes, total - HEADER);
  if (header->gso_type != VIRTIO_NET_HDR_GSO_NONE) count(&traffic[RECEIVE].gso, 1);
  if (writev(tap, parts, count_of) < 0) {
    /* EIO: the interface is down. EINVAL: the header makes no sense, or the frame is too large. */
    if (errno != EIO && errno != EINVAL) fail("writing to the TAP device");
    count(&refused, 1);
  }
  for (unsigned i = 0; i < count_of; i++) add(q, numbers[i]);
}

static _Noreturn void deliver(struct queue *q) {
  for (;;) {
    while (returned(q) > 0) {
      receive_frame(q);
      if ((uint16_t)(q->added - q->told) >= q->count / 4) kick(q);
    }
    kick(q);
    await_returned(q, 1);
  }
}

static void *queue_to_tap(void *unused) {
  (void)unused;
  deliver(&queues[RECEIVE]);
}

/* Setting up */

static void open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
  int header = HEADER, little_endian = 1;
  unsigned offload = 0;

  tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (tap < 0) fail("/dev/net/tun");
  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
  if (ioctl(tap, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  if (ioctl(tap, TUNSETVNETHDRSZ, &header) < 0) fail("TUNSETVNETHDRSZ");
  if (ioctl(tap, TUNSETVNETLE, &little_endian) < 0) fail("TUNSETVNETLE");

  /* This is about what is read from the device: what the guest sends. */
  if (has(CSUM)) offload |= TUN_F_CSUM;
  if (has(HOST_TSO4)) offload |= TUN_F_TSO4;
  if (has(HOST_TSO6)) offload |= TUN_F_TSO6;
  if (has(HOST_USO) && ioctl(tap, TUNSETOFFLOAD, offload | TAKES_USO) == 0) return;
  if (ioctl(tap, TUNSETOFFLOAD, offload) < 0) fail("TUNSETOFFLOAD");
}

static int event(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

  if (fd < 0) fail("eventfd");
  return fd;
}

/* A queue whose buffers are of so many pieces, the first of a length of its own. */
static void make_queue(unsigned index, unsigned pieces, uint32_t first, uint32_t other) {
  struct queue *q = &queues[index];
  unsigned char *start = memory + index * QUEUE_BYTES;

  vring_init(&q->ring, queue_size, start, PAGE);
  if (pieces > 1 && has(INDIRECT_DESC)) q->tables = (void *)(start + RING_BYTES);
  q->buffers = start + RING_BYTES + TABLES_BYTES;
  q->pieces = pieces;
  q->step = q->tables ? 1 : pieces;
  q->count = queue_size / q->step;
  q->first = first;
  q->other = other;
  q->bytes = first + (pieces - 1) * other;
  for (unsigned i = 0; i < q->count; i++) describe(q, i, q->bytes);
  if (!has(EVENT_IDX)) q->ring.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
  q->kick = event();
  q->call = event();
  q->err = event();
}

static void start_queue(unsigned index) {
  struct queue *q = &queues[index];
  struct vring_address address = {.index = index,
                                  .desc = (uintptr_t)q->ring.desc,
                                  .avail = (uintptr_t)q->ring.avail,
                                  .used = (uintptr_t)q->ring.used};

  tell_vring(SET_VRING_NUM, index, queue_size);
  tell_vring(SET_VRING_BASE, index, 0);
  tell(SET_VRING_ADDR, &address, sizeof(address), -1);
  tell_number(SET_VRING_ERR, index, q->err);
  tell_number(SET_VRING_CALL, index, q->call);
  tell_number(SET_VRING_KICK, index, q->kick);
}

/*
 * Receive buffers are a page each and used as many at a time as a frame takes, or else each large
 * enough for any frame: of some 64 KiB if it may be uncut, or if the interface's MTU may be such.
 * Frames are sent in one piece where there are no indirect descriptors: else few would fit in.
 */
static void start_device(int mtu) {
  size_t size = QUEUES * QUEUE_BYTES;
  struct memory_table table = {.regions = 1, .guest_address = GUEST_ADDRESS, .size = size};
  int large = has(GUEST_TSO4) || has(GUEST_TSO6) || has(GUEST_USO4) || has(GUEST_USO6) || mtu > 1500;
  int fd = memfd_create("guest", MFD_CLOEXEC);

  if (fd < 0 || ftruncate(fd, size) < 0) fail("memfd");
  memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) fail("mmap");
  if (has(MRG_RXBUF))
    make_queue(RECEIVE, 1, PAGE, 0);
  else if (large)
    make_queue(RECEIVE, LARGEST / PAGE, PAGE, PAGE);
  else
    make_queue(RECEIVE, 1, SMALL, 0);
  if (has(INDIRECT_DESC))
    make_queue(TRANSMIT, 3, HEADERS, FRAGMENT);
  else
    make_queue(TRANSMIT, 1, LARGEST, 0);

  table.user_address = (uintptr_t)memory;
  tell(SET_MEM_TABLE, &table, sizeof(table), fd);
  for (unsigned i = 0; i < QUEUES; i++) start_queue(i);
  if (has(PROTOCOL_FEATURES))
    for (unsigned i = 0; i < QUEUES; i++) tell_vring(SET_VRING_ENABLE, i, 1);
  for (unsigned i = 0; i < queues[RECEIVE].count; i++) add(&queues[RECEIVE], i);
  kick(&queues[RECEIVE]);
}

static int mtu_of(const char *name) {
  struct ifreq request = {0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
  if (fd < 0 || ioctl(fd, SIOCGIFMTU, &request) < 0) fail(name);
  close(fd);
  return request.ifr_mtu;
}

static void set_property(const char *text, uint64_t *wanted) {
  const char *value = strchr(text, '=');

  if (value && strncmp(text, "queue_size=", 11) == 0) {
    queue_size = atoi(value + 1);
    if (queue_size >= 64 && queue_size <= QUEUE_MAX && !(queue_size & (queue_size - 1))) return;
  }
  for (unsigned i = 0; value && i < sizeof(PROPERTIES) / sizeof(*PROPERTIES); i++) {
    size_t length = strlen(PROPERTIES[i].name);

    if (length != (size_t)(value - text) || strncmp(text, PROPERTIES[i].name, length)) continue;
    if (strcmp(value, "=on") == 0) return;
    if (strcmp(value, "=off")) break;
    *wanted &= ~(UINT64_C(1) << PROPERTIES[i].bit);
    return;
  }
  fprintf(stderr, "vhost-user-tap: what is %s?\n", text);
  exit(2);
}

/* Watching */

static void print_totals(void) {
  printf("kicks %lu interrupts %lu", kicks, interrupts);
  for (int i = QUEUES - 1; i >= 0; i--)
    printf(" %s %lu %lu %lu", i == TRANSMIT ? "sent" : "received", traffic[i].frames,
           traffic[i].bytes, traffic[i].gso);
  printf(" refused %lu\n", refused);
  fflush(stdout);
}

static void watch(const sigset_t *ends) {
  char line[256];
  struct pollfd all[] = {{.fd = sock, .events = POLLIN},
                         {.fd = signalfd(-1, ends, SFD_CLOEXEC), .events = POLLIN},
                         {.fd = STDIN_FILENO, .events = POLLIN},
                         {.fd = queues[RECEIVE].err, .events = POLLIN},
                         {.fd = queues[TRANSMIT].err, .events = POLLIN}};

  for (;;) {
    if (poll(all, sizeof(all) / sizeof(*all), -1) < 0) fail("poll");
    if (all[3].revents || all[4].revents) blame("error reported for a queue of ours");
    if (all[0].revents || all[1].revents) return;
    if (!all[2].revents) continue;
    if (read(STDIN_FILENO, line, sizeof(line)) > 0)
      print_totals();
    else
      all[2].fd = -1;
  }
}

int main(int argc, char **argv) {
  pthread_t thread;
  sigset_t ends;
  uint64_t wanted = 0;

  if (argc < 3) {
    fprintf(stderr, "usage: vhost-user-tap TAP SOCKET [PROPERTY=VALUE]...\n");
    return 2;
  }
  for (unsigned i = 0; i < sizeof(PROPERTIES) / sizeof(*PROPERTIES); i++)
    wanted |= UINT64_C(1) << PROPERTIES[i].bit;
  for (int i = 3; i < argc; i++) set_property(argv[i], &wanted);

  connect_socket(argv[2]);
  agree(wanted);
  open_tap(argv[1]);
  start_device(mtu_of(argv[1]));
  printf("connected, features %#lx\n", features);
  fflush(stdout);

  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  if (pthread_create(&thread, NULL, tap_to_queue, NULL) != 0) fail("pthread_create");
  if (pthread_create(&thread, NULL, queue_to_tap, NULL) != 0) fail("pthread_create");
  watch(&ends);
  print_totals();
  return 0;
}
