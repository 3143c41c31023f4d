package org.jpasst.config;

import java.nio.file.Path;

/** Where the network is that a guest is bridged to. */
public sealed interface UplinkPlace {
  /**
   * Behind a TAP device, which is made if it isn't there.
   *
   * @param interfaceName of 1 to 15 bytes
   */
  record Tap(String interfaceName) implements UplinkPlace {
    @Override
    public String toString() {
      return "tap:" + interfaceName;
    }
  }

  /**
   * Behind a TAP device that was inherited.
   *
   * @param fd its descriptor's number, not negative
   */
  record Inherited(int fd) implements UplinkPlace {
    @Override
    public String toString() {
      return "tap-fd:" + fd;
    }
  }

  /**
   * Behind somebody who listens at a UNIX stream socket, and speaks as QEMU does.
   *
   * @param path shorter than 108 bytes
   */
  record Stream(Path path) implements UplinkPlace {
    @Override
    public String toString() {
      return "stream:" + path;
    }
  }
}
