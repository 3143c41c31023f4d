package org.jpasst.control.pesto;

import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.IpProtocol;
import org.jpasst.net.IpAddress;

/** Whether a rule of a client's makes sense by itself, in the order that passt checks in. */
final class RuleChecks {
  private final Set<Capability> capabilities;

  /** For tables that have these. */
  RuleChecks(Set<Capability> capabilities) {
    this.capabilities = Set.copyOf(capabilities);
  }

  /**
   * The rule to put in force.
   *
   * @throws RefusedRequestException if it makes no sense, or asks for what the table can't do
   */
  ForwardRule check(WireRule rule) throws RefusedRequestException {
    checkInterface(rule.interfaceName());
    checkPorts(rule);
    checkFlags(rule);
    Protocol protocol = protocol(rule.protocol());
    Optional<IpAddress> bind = bind(rule);
    return new ForwardRule(
        protocol,
        bind,
        Optional.of(rule.interfaceName()).filter(name -> !name.isEmpty()),
        rule.first(),
        rule.last(),
        rule.targetFirst(),
        target(bind, rule.target()),
        (rule.flags() & RuleFlag.BEST_EFFORT) != 0);
  }

  /** A name that no interface can have is not repeated: it may hold anything. */
  private void checkInterface(String name) throws RefusedRequestException {
    refuseIf(
        !name.isEmpty() && !ForwardRule.isInterfaceName(name),
        "a rule's interface name can't be one");
    refuseIf(
        !name.isEmpty() && !capabilities.contains(Capability.BIND_TO_DEVICE),
        "interface " + name + ": the kernel doesn't let us bind to one, Linux 5.7 would");
  }

  private static void checkPorts(WireRule rule) throws RefusedRequestException {
    refuseIf(
        rule.first() > rule.last(), "port range " + rule.first() + "-" + rule.last() + " is none");
    refuseIf(rule.first() == 0, "port 0 can't be forwarded");
    refuseIf(
        rule.targetFirst() == 0
            || rule.targetFirst() + (rule.last() - rule.first()) > ForwardRule.MAX_PORT,
        "ports " + rule.first() + "-" + rule.last() + " have no target at " + rule.targetFirst());
  }

  private static void checkFlags(WireRule rule) throws RefusedRequestException {
    refuseIf(
        (rule.flags() & ~RuleFlag.ALL) != 0,
        "rule has unknown flags 0x" + Integer.toHexString(rule.flags()));
    // passt takes it, and then listens at nothing.
    refuseIf((rule.flags() & RuleFlag.AUTO_SCAN) != 0, "\"auto\" is for pasta mode only");
  }

  private Protocol protocol(int number) throws RefusedRequestException {
    refuseIf(
        number != IpProtocol.TCP && number != IpProtocol.UDP,
        "IP protocol " + number + " can't be forwarded");
    boolean tcp = number == IpProtocol.TCP;
    Protocol protocol = tcp ? Protocol.TCP : Protocol.UDP;
    refuseIf(
        !capabilities.contains(tcp ? Capability.TCP : Capability.UDP), protocol + " is disabled");
    return protocol;
  }

  private Optional<IpAddress> bind(WireRule rule) throws RefusedRequestException {
    IpAddress address = rule.address();
    if ((rule.flags() & RuleFlag.ANY_FAMILY) == 0) {
      refuseIf(
          !capabilities.contains(address.isIpv4() ? Capability.IPV4 : Capability.IPV6),
          "address " + address + " is of a family that is disabled");
      return Optional.of(address);
    }
    refuseIf(!address.equals(IpAddress.ANY6), "rule for any address has address " + address);
    refuseIf(
        !capabilities.contains(Capability.IPV4) || !capabilities.contains(Capability.IPV6),
        "rule for any address of both families, of which one is disabled");
    return Optional.empty();
  }

  private static Optional<IpAddress> target(Optional<IpAddress> bind, IpAddress target)
      throws RefusedRequestException {
    if (target.equals(IpAddress.ANY6)) {
      return Optional.empty();
    }
    refuseIf(
        target.isMulticast() || target.isUnspecified(),
        "target " + target + " is no address of one guest");
    refuseIf(
        bind.isEmpty() || bind.get().isIpv4() != target.isIpv4(),
        "target " + target + " needs an address of its family to listen at");
    return Optional.of(target);
  }

  private static void refuseIf(boolean bad, String why) throws RefusedRequestException {
    if (bad) {
      throw new RefusedRequestException(why);
    }
  }
}
