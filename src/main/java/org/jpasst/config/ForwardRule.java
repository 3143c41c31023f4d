package org.jpasst.config;

import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * Forwards a range of the host's ports to the guest.
 *
 * @param protocol TCP or UDP
 * @param bind the address to listen at; {@code 0.0.0.0} and {@code ::} stand for all of their
 *     family only; absent: all addresses of both families
 * @param interfaceName listen on this interface only (SO_BINDTODEVICE, socket(7))
 * @param first the first port listened at, 1 to 65535
 * @param last the last port listened at, included
 * @param targetFirst the guest's port for {@code first}; the others follow in step
 * @param targetAddress the guest's address, of {@code bind}'s family; absent: the one last seen
 * @param bestEffort whether single ports may fail as long as one can be listened at; otherwise all
 *     must succeed
 */
public record ForwardRule(
    Protocol protocol,
    Optional<IpAddress> bind,
    Optional<String> interfaceName,
    int first,
    int last,
    int targetFirst,
    Optional<IpAddress> targetAddress,
    boolean bestEffort) {

  /** What can be forwarded. */
  public enum Protocol {
    /** RFC 9293. */
    TCP,
    /** RFC 768. */
    UDP
  }

  /** Highest port number. */
  public static final int MAX_PORT = 65535;

  /** Refuses ranges that aren't ranges of ports. */
  public ForwardRule {
    if (first < 1 || last < first || last > MAX_PORT) {
      throw new IllegalArgumentException("ports " + first + "-" + last);
    }
    if (targetFirst < 1 || targetFirst + (last - first) > MAX_PORT) {
      throw new IllegalArgumentException("target port " + targetFirst);
    }
  }

  /** The number of ports. */
  public int size() {
    return last - first + 1;
  }

  /** The guest's port for {@code last}. */
  public int targetLast() {
    return targetFirst + (last - first);
  }

  /**
   * The guest's port for one of ours.
   *
   * @param port {@code first} to {@code last}
   */
  public int targetOf(int port) {
    return targetFirst + (port - first);
  }
}
