package org.jpasst.guest.tap;

import java.io.IOException;
import java.util.Optional;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.InterfaceRequest;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.TapFilter;
import org.jpasst.linux.TunFlag;
import org.jpasst.linux.TunOffload;

/**
 * A TAP device (Documentation/networking/tuntap.rst of Linux) that frames are read from and written
 * to as they are, without waiting.
 *
 * @param fd its descriptor, which belongs to whoever has this
 * @param name of its interface when it was looked at; the interface may be renamed or moved to
 *     another network namespace without a change to the descriptor
 * @param offloads what the kernel completes of frames that it is given, and may be told to leave
 *     undone; if anything, frames have a virtio-net header of {@link VirtioNetHeader#MAX_LENGTH}
 *     bytes in front of them
 */
public record TapDevice(int fd, String name, LinkCapabilities offloads) {
  private static final String CONTROL = "/dev/net/tun";

  private static final int PLAIN = TunFlag.IFF_TAP | TunFlag.IFF_NO_PI;
  private static final int TSO = TunOffload.CSUM | TunOffload.TSO4 | TunOffload.TSO6;
  private static final int USO = TunOffload.USO4 | TunOffload.USO6;

  /**
   * Opens the device of an interface of this network namespace, which is made if it isn't there:
   * then it is gone with the descriptor.
   *
   * @throws IOException naming what failed and what to do about it, in one line
   */
  public static TapDevice open(String name) throws IOException {
    return open(name, false);
  }

  /** Does the same, with a virtio-net header in front of frames, if the kernel has that. */
  public static TapDevice openWithOffloads(String name) throws IOException {
    return open(name, true);
  }

  private static TapDevice open(String name, boolean offloading) throws IOException {
    int flags = FileFlag.O_RDWR | FileFlag.O_NONBLOCK | FileFlag.O_CLOEXEC;
    int fd = FileDescriptors.open(CONTROL, flags, 0);
    if (fd < 0) {
      throw new IOException(
          "cannot open " + CONTROL + ": " + Errno.name(fd) + "; " + adviceOnOpening(fd));
    }
    boolean header = offloading && hasHeaders(fd);
    var request = new InterfaceRequest(name, header ? PLAIN | TunFlag.IFF_VNET_HDR : PLAIN);
    int result = FileDescriptors.ioctl(fd, Ioctl.TUNSETIFF, request);
    if (result < 0) {
      FileDescriptors.close(fd);
      throw new IOException(Errno.name(result) + "; " + adviceOnAttaching(result));
    }
    return new TapDevice(fd, request.name(), offloads(fd, header));
  }

  private static boolean hasHeaders(int control) {
    int features = FileDescriptors.ioctlAt(control, Ioctl.TUNGETFEATURES, 0);
    return features >= 0 && (features & TunFlag.IFF_VNET_HDR) != 0;
  }

  /**
   * Finds out whether an open descriptor is of a TAP device; if so, it doesn't block any more.
   *
   * @param fd stays the caller's if this throws
   * @return nothing if it is neither of a TAP nor of a TUN device
   * @throws IOException if what it takes and gives aren't plain Ethernet frames
   */
  public static Optional<TapDevice> of(int fd) throws IOException {
    return of(fd, false);
  }

  /** Does the same where there may be a virtio-net header in front of frames. */
  public static Optional<TapDevice> ofWithOffloads(int fd) throws IOException {
    return of(fd, true);
  }

  private static Optional<TapDevice> of(int fd, boolean offloading) throws IOException {
    InterfaceRequest request = new InterfaceRequest();
    int result = FileDescriptors.ioctl(fd, Ioctl.TUNGETIFF, request);
    if (result == -Errno.EBADFD) {
      throw new IOException(CONTROL + " without a device; set one by TUNSETIFF");
    }
    if (result < 0) {
      return Optional.empty();
    }
    int flags = flags(fd, request);
    check(request.name(), offloading ? flags & ~TunFlag.IFF_VNET_HDR : flags);
    int status = FileDescriptors.fcntl(fd, FileFlag.F_GETFL, 0);
    FileDescriptors.fcntl(fd, FileFlag.F_SETFL, status | FileFlag.O_NONBLOCK);
    boolean header = (flags & TunFlag.IFF_VNET_HDR) != 0;
    return Optional.of(new TapDevice(fd, request.name(), offloads(fd, header)));
  }

  private static int flags(int fd, InterfaceRequest request) {
    try (TapFilter _ = new TapFilter(fd)) {
      FileDescriptors.ioctl(fd, Ioctl.TUNGETIFF, request);
    }
    return request.flags();
  }

  private static void check(String name, int flags) throws IOException {
    if ((flags & TunFlag.IFF_TAP) == 0) {
      throw new IOException(name + " is a TUN device, without Ethernet; open it with IFF_TAP");
    }
    if ((flags & TunFlag.IFF_VNET_HDR) != 0) {
      throw new IOException(
          name + " has a virtio-net header in front of frames; open it without IFF_VNET_HDR");
    }
    if ((flags & TunFlag.IFF_NO_PI) == 0) {
      throw new IOException(
          name + " has packet information in front of frames; open it with IFF_NO_PI");
    }
  }

  /** What there is, if there is a header in front of frames; all of it is off. */
  private static LinkCapabilities offloads(int fd, boolean header) {
    LinkCapabilities found = LinkCapabilities.NONE;
    if (header) {
      FileDescriptors.ioctlAt(fd, Ioctl.TUNSETVNETHDRSZ, VirtioNetHeader.MAX_LENGTH);
      FileDescriptors.ioctlAt(fd, Ioctl.TUNSETVNETLE, 1);
      boolean uso = FileDescriptors.ioctl(fd, Ioctl.TUNSETOFFLOAD, TSO | USO) == 0;
      found = new LinkCapabilities(true, true, true, uso, uso);
    }
    leaveTo(fd, LinkCapabilities.NONE);
    return found;
  }

  /**
   * Sets what the kernel may leave undone in frames that it sends, which holds for those that come
   * to the device's queue from now on. What a former user may have offered is taken back: without a
   * header nothing would tell that a checksum is missing or that a frame stands for several
   * packets.
   *
   * @return 0 or the negated error number
   */
  static int leaveTo(int fd, LinkCapabilities takers) {
    int uso = takers.udp4() && takers.udp6() ? USO : 0;
    int tso = (takers.tcp4() ? TunOffload.TSO4 : 0) | (takers.tcp6() ? TunOffload.TSO6 : 0);
    int all = takers.checksums() ? TunOffload.CSUM | tso | uso : 0;
    return FileDescriptors.ioctl(fd, Ioctl.TUNSETOFFLOAD, all);
  }

  private static String adviceOnOpening(int error) {
    return switch (-error) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO -> "load the kernel's module tun";
      case Errno.EACCES, Errno.EPERM -> "run as a user who may, or pass a descriptor by --fd";
      default -> "pass a descriptor by --fd";
    };
  }

  private static String adviceOnAttaching(int error) {
    return switch (-error) {
      case Errno.EPERM ->
          "not ours to use or to make: let root make it (ip tuntap add dev NAME mode tap user"
              + " USER), or pass a descriptor by --fd";
      case Errno.EBUSY -> "another process uses the device: end that, or give another name";
      case Errno.EINVAL ->
          "no interface can have this name, or one has it that isn't a TAP device of a single"
              + " queue: give another name";
      default -> "give another name, or pass a descriptor by --fd";
    };
  }
}
