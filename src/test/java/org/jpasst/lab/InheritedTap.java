package org.jpasst.lab;

import java.util.ArrayList;
import java.util.List;

/** Starts programs that are given the descriptor of a TAP device by whoever starts them. */
public final class InheritedTap {
  /**
   * Opens /dev/net/tun with the flags given, or without a device if they are 0, and starts a
   * command with that as descriptor $n: {@code struct ifreq} is 40 bytes, the request TUNSETIFF.
   */
  private static final String WITH_DESCRIPTOR =
      """
      use Fcntl; use POSIX qw(dup2);
      ($name, $flags, $n) = splice @ARGV, 0, 3;
      sysopen $tun, "/dev/net/tun", O_RDWR or die $!;
      !$flags or ioctl $tun, 0x400454ca, pack("a16 S x22", $name, $flags) or die $!;
      dup2(fileno($tun), $n) or die $!;
      exec @ARGV;
      """;

  private InheritedTap() {}

  /**
   * The command that ends in becoming another one.
   *
   * @param flags of {@link org.jpasst.linux.TunFlag}, or 0 for no device
   * @param descriptor the number under which it is inherited
   */
  public static List<String> by(String device, int flags, int descriptor, List<String> command) {
    var all = new ArrayList<>(List.of("perl", "-e", WITH_DESCRIPTOR, device));
    all.addAll(List.of(Integer.toString(flags), Integer.toString(descriptor)));
    all.addAll(command);
    return all;
  }
}
