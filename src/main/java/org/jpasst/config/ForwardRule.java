package org.jpasst.config;

import java.nio.charset.StandardCharsets;
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

  /** IFNAMSIZ of linux/if.h, less the NUL. */
  private static final int MAX_INTERFACE_NAME = 15;

  /** Refuses ranges that aren't ranges of ports, and names that no interface can have. */
  public ForwardRule {
    if (interfaceName.isPresent() && !isInterfaceName(interfaceName.get())) {
      throw new IllegalArgumentException("interface name");
    }
    if (first < 1 || last < first || last > MAX_PORT) {
      throw new IllegalArgumentException("ports " + first + "-" + last);
    }
    if (targetFirst < 1 || targetFirst + (last - first) > MAX_PORT) {
      throw new IllegalArgumentException("target port " + targetFirst);
    }
  }

  /**
   * Whether an interface can have this name: 1 to 15 bytes, no blank, slash or colon, not one of
   * the directory's own names, as the kernel has it ({@code dev_valid_name}); beyond it, nothing
   * that disturbs a message.
   */
  public static boolean isInterfaceName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    return length > 0
        && length <= MAX_INTERFACE_NAME
        && !name.equals(".")
        && !name.equals("..")
        && name.codePoints().noneMatch(ForwardRule::isOddInName);
  }

  private static boolean isOddInName(int c) {
    return c == '/'
        || c == ':'
        || Character.isWhitespace(c)
        || Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT;
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

  /**
   * Whether the kernel couldn't listen for both: the protocol is the same, ports overlap, one's
   * address covers the other's, and they aren't kept apart by two different interfaces.
   */
  public boolean conflictsWith(ForwardRule other) {
    return protocol == other.protocol
        && first <= other.last
        && other.first <= last
        && (covers(other) || other.covers(this))
        && (interfaceName.isEmpty()
            || other.interfaceName.isEmpty()
            || interfaceName.equals(other.interfaceName));
  }

  private boolean covers(ForwardRule other) {
    if (bind.isEmpty() || bind.equals(other.bind)) {
      return true;
    }
    return other.bind.isPresent()
        && bind.get().isUnspecified()
        && bind.get().isIpv4() == other.bind.get().isIpv4();
  }

  /**
   * The rule as SPEC of {@code -t} or {@code -u}: read back alone, with both families enabled, it
   * gives this rule. (Only the control socket can make a best-effort rule with different ports at
   * the guest; there is no SPEC for such a rule, and its ports come out as strict.)
   */
  public String spec() {
    StringBuilder text = new StringBuilder();
    if (bind.isPresent() || interfaceName.isPresent()) {
      bind.ifPresent(address -> text.append(bracketed(address)));
      interfaceName.ifPresent(name -> text.append('%').append(name));
      text.append('/');
    }
    return (bestEffort && targetFirst == first ? exclusions(text) : inclusion(text)).toString();
  }

  private StringBuilder inclusion(StringBuilder text) {
    text.append(new PortRange(first, last));
    if (targetAddress.isPresent()) {
      text.append(':').append(bracketed(targetAddress.get()));
      if (targetFirst != first) {
        text.append('/').append(new PortRange(targetFirst, targetLast()));
      }
    } else if (targetFirst != first) {
      text.append(':').append(new PortRange(targetFirst, targetLast()));
    }
    return text;
  }

  private StringBuilder exclusions(StringBuilder text) {
    text.append("all");
    targetAddress.ifPresent(address -> text.append(':').append(bracketed(address)));
    if (first > 1) {
      text.append(",~").append(new PortRange(1, first - 1));
    }
    if (last < MAX_PORT) {
      text.append(",~").append(new PortRange(last + 1, MAX_PORT));
    }
    return text;
  }

  /** The rule for people: {@code TCP [*]%eth0:80-81 => 8080-8081 (best effort)}. */
  @Override
  public String toString() {
    String target = new PortRange(targetFirst, targetLast()).toString();
    return protocol
        + " ["
        + bind.map(IpAddress::toString).orElse("*")
        + "]"
        + interfaceName.map(name -> "%" + name).orElse("")
        + ":"
        + new PortRange(first, last)
        + " => "
        + targetAddress.map(address -> bracketed(address) + ":" + target).orElse(target)
        + (bestEffort ? " (best effort)" : "");
  }

  private static String bracketed(IpAddress address) {
    return address.isIpv4() ? address.toString() : "[" + address + "]";
  }
}
