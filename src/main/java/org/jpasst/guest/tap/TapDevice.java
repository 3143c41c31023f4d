package org.jpasst.guest.tap;

import java.io.IOException;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.InterfaceRequest;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.TapFilter;
import org.jpasst.linux.TunFlag;

/**
 * A TAP device (Documentation/networking/tuntap.rst of Linux) that frames are read from and written
 * to as they are, without waiting.
 *
 * @param fd its descriptor, which belongs to whoever has this
 * @param name of its interface when it was looked at; the interface may be renamed or moved to
 *     another network namespace without a change to the descriptor
 */
public record TapDevice(int fd, String name) {
  private static final String CONTROL = "/dev/net/tun";

  /**
   * Opens the device of an interface of this network namespace, which is made if it isn't there:
   * then it is gone with the descriptor.
   *
   * @throws IOException naming what failed and what to do about it, in one line
   */
  public static TapDevice open(String name) throws IOException {
    int flags = FileFlag.O_RDWR | FileFlag.O_NONBLOCK | FileFlag.O_CLOEXEC;
    int fd = FileDescriptors.open(CONTROL, flags, 0);
    if (fd < 0) {
      throw new IOException(
          "cannot open " + CONTROL + ": " + Errno.name(fd) + "; " + adviceOnOpening(fd));
    }
    InterfaceRequest request = new InterfaceRequest(name, TunFlag.IFF_TAP | TunFlag.IFF_NO_PI);
    int result = FileDescriptors.ioctl(fd, Ioctl.TUNSETIFF, request);
    if (result < 0) {
      FileDescriptors.close(fd);
      throw new IOException(Errno.name(result) + "; " + adviceOnAttaching(result));
    }
    completeFrames(fd);
    return new TapDevice(fd, request.name());
  }

  /**
   * Finds out whether an open descriptor is of a TAP device; if so, it doesn't block any more.
   *
   * @param fd stays the caller's if this throws
   * @return nothing if it is neither of a TAP nor of a TUN device
   * @throws IOException if what it takes and gives aren't plain Ethernet frames
   */
  public static Optional<TapDevice> of(int fd) throws IOException {
    InterfaceRequest request = new InterfaceRequest();
    int result = FileDescriptors.ioctl(fd, Ioctl.TUNGETIFF, request);
    if (result == -Errno.EBADFD) {
      throw new IOException(CONTROL + " without a device; set one by TUNSETIFF");
    }
    if (result < 0) {
      return Optional.empty();
    }
    check(request.name(), flags(fd, request));
    int status = FileDescriptors.fcntl(fd, FileFlag.F_GETFL, 0);
    FileDescriptors.fcntl(fd, FileFlag.F_SETFL, status | FileFlag.O_NONBLOCK);
    completeFrames(fd);
    return Optional.of(new TapDevice(fd, request.name()));
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

  /**
   * Takes back what a former user of the device may have offered: without a virtio-net header
   * nothing would tell that a checksum is missing or that a frame stands for several packets.
   */
  private static void completeFrames(int fd) {
    FileDescriptors.ioctl(fd, Ioctl.TUNSETOFFLOAD, 0);
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
