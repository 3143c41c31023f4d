package org.jpasst.config;

import java.nio.file.Path;

/** Where the guest's frames come from. */
public sealed interface GuestSocket {
  /**
   * Listen at a path.
   *
   * @param path shorter than 108 bytes, the limit of {@code sun_path} (unix(7))
   */
  record Listen(Path path) implements GuestSocket {}

  /** Listen at the first free path of {@code /tmp/passt_1.socket} and so on. */
  record ListenAtFirstFree() implements GuestSocket {}

  /**
   * Use a connected socket, or a TAP device, that was inherited.
   *
   * @param fd its descriptor's number, not negative
   */
  record Inherited(int fd) implements GuestSocket {}

  /**
   * Use a TAP device, which is made if it isn't there.
   *
   * @param interfaceName of 1 to 15 bytes
   */
  record Tap(String interfaceName) implements GuestSocket {}

  /**
   * Use a backend that somebody else has provided.
   *
   * @param name what it is called
   * @param argument what it is told, perhaps nothing
   */
  record Provided(String name, String argument) implements GuestSocket {}
}
