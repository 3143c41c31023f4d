/*
 * Joins a TAP device with a stream socket of QEMU's framing (32-bit big-endian length, frame), so
 * that the kernel can play the guest at full speed: tap-bridge TAP SOCKET [reconnect] [offload]
 *
 * With "offload" it plays a front-end that offers its guest CSUM, HOST_TSO4 and HOST_TSO6 (virtio
 * 1.3 section 5.1.3) and cuts the virtio-net header off on the way to the back-end, as libkrun's
 * does: checksums stay unmade and segments uncut. Frames for the guest get a header that is all
 * zero, so that the guest verifies them.
 *
 * One thread per direction and blocking calls only, hence no frame is dropped, split or reordered
 * here: back-pressure of the socket leaves frames in the TAP's queue (make it long), and frames for
 * the TAP are taken by the kernel at once. Says "connected" on standard output for each connection.
 * Ends with status 0 when the socket is closed, or connects again if told to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4, FRAME_MAX = 65535 + 14, READ_AHEAD = 1 << 20 };

static int tap;
static int reconnect, offload;
static const char *path;

/* The current connection; its descriptor number stays the same, a new connection is dup2()ed on. */
static int sock = -1;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "tap-bridge: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0)};
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

  if (fd < 0) fail("/dev/net/tun");
  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  if (offload && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
    fail("TUNSETOFFLOAD");
  return fd;
}

/* From the guest: the frame's length without the header that it may have. */
static ssize_t read_frame(unsigned char *frame) {
  struct virtio_net_hdr header;
  struct iovec parts[] = {{&header, sizeof(header)}, {frame, FRAME_MAX}};
  ssize_t got;

  if (!offload) return read(tap, frame, FRAME_MAX);
  got = readv(tap, parts, 2);
  return got < 0 ? got : got - (ssize_t)sizeof(header);
}

/* To the guest. */
static ssize_t write_frame(unsigned char *frame, size_t length) {
  struct virtio_net_hdr header = {0};
  struct iovec parts[] = {{&header, sizeof(header)}, {frame, length}};

  return offload ? writev(tap, parts, 2) : write(tap, frame, length);
}

/* Tries until the socket is there; 20 s are enough for any back-end to start. */
static void connect_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

  snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
  for (int attempt = 0; attempt < 2000; attempt++) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) fail("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
      if (sock < 0) {
        sock = fd;
      } else {
        if (dup2(fd, sock) < 0) fail("dup2");
        close(fd);
      }
      puts("connected");
      fflush(stdout);
      return;
    }
    close(fd);
    nanosleep(&pause, NULL);
  }
  fail(path);
}

static int write_all(const unsigned char *from, size_t left) {
  while (left > 0) {
    ssize_t written = send(sock, from, left, MSG_NOSIGNAL);

    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return -1;
    from += written;
    left -= written;
  }
  return 0;
}

static void *tap_to_socket(void *unused) {
  static unsigned char buffer[LENGTH_BYTES + FRAME_MAX];

  (void)unused;
  for (;;) {
    ssize_t got = read_frame(buffer + LENGTH_BYTES);
    uint32_t length = htonl((uint32_t)got);

    if (got < 0 && (errno == EINTR || errno == EIO || errno == EBADFD)) continue;
    if (got <= 0) fail("reading the TAP device");
    memcpy(buffer, &length, LENGTH_BYTES);
    /* A connection that is gone is noticed, and renewed, by the other thread; the frame is lost,
     * as on a cable that is pulled. */
    write_all(buffer, LENGTH_BYTES + (size_t)got);
  }
}

/* Hands on all whole frames of the buffer; returns how many bytes remain of the last one. */
static size_t deliver(unsigned char *buffer, size_t filled) {
  size_t at = 0;

  while (filled - at >= LENGTH_BYTES) {
    uint32_t length;

    memcpy(&length, buffer + at, LENGTH_BYTES);
    length = ntohl(length);
    if (length < 14 || length > FRAME_MAX) {
      fprintf(stderr, "tap-bridge: frame of %u bytes: the stream is broken\n", length);
      exit(1);
    }
    if (filled - at < LENGTH_BYTES + length) break;
    /* EIO: the interface is down, EINVAL: larger than its MTU; its counters tell. */
    if (write_frame(buffer + at + LENGTH_BYTES, length) < 0 && errno != EIO && errno != EINVAL)
      fail("writing to the TAP device");
    at += LENGTH_BYTES + length;
  }
  memmove(buffer, buffer + at, filled - at);
  return filled - at;
}

static void socket_to_tap(void) {
  static unsigned char buffer[READ_AHEAD];
  size_t filled = 0;

  for (;;) {
    ssize_t got = recv(sock, buffer + filled, sizeof(buffer) - filled, 0);

    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    filled = deliver(buffer, filled + (size_t)got);
  }
}

int main(int argc, char **argv) {
  pthread_t thread;

  if (argc < 3) {
    fprintf(stderr, "usage: tap-bridge TAP SOCKET [reconnect] [offload]\n");
    return 1;
  }
  path = argv[2];
  for (int i = 3; i < argc; i++) {
    reconnect |= strcmp(argv[i], "reconnect") == 0;
    offload |= strcmp(argv[i], "offload") == 0;
  }
  tap = open_tap(argv[1]);
  connect_socket();
  if (pthread_create(&thread, NULL, tap_to_socket, NULL) != 0) fail("pthread_create");
  socket_to_tap();
  while (reconnect) {
    connect_socket();
    socket_to_tap();
  }
  return 0;
}
