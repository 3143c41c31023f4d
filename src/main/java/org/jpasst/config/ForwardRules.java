package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects forwarding rules, such as those of the SPECs of {@code -t} and {@code -u}, in the order
 * given, and refuses those that can't stand together.
 */
public final class ForwardRules {
  /** Rules that the control socket's protocol can show. */
  public static final int MAX_RULES = 255;

  /** Ports in all rules together. */
  public static final int MAX_PORTS = 5 * 65536;

  private static final String NONE = "none";

  private final ForwardSpec.Host host;
  private final List<ForwardRule> rules = new ArrayList<>();

  /**
   * Begins without rules.
   *
   * @param ipv4 whether IPv4 is enabled
   * @param ipv6 whether IPv6 is enabled; one of the two must be
   * @param ephemeral ports that are left out where the user names none
   */
  public ForwardRules(boolean ipv4, boolean ipv6, PortRange ephemeral) {
    host = new ForwardSpec.Host(ipv4, ipv6, ephemeral);
  }

  /** Begins without rules, for rules that {@link #add(ForwardRule)} alone adds. */
  public static ForwardRules ofBothFamilies() {
    return new ForwardRules(true, true, PortRange.DYNAMIC);
  }

  /**
   * Adds the rules of one SPEC.
   *
   * @param protocol what is forwarded
   * @param spec the option's argument
   * @throws ConfigurationException if it can't be read, or not together with the rules before it
   */
  public void add(ForwardRule.Protocol protocol, String spec) {
    if (spec.equals(NONE)) {
      if (rules.stream().anyMatch(rule -> rule.protocol() == protocol)) {
        throw new ConfigurationException(
            option(protocol) + " none: ports are forwarded already; leave out either");
      }
      return;
    }
    try {
      read(protocol, spec).forEach(this::add);
    } catch (ConfigurationException e) {
      throw new ConfigurationException(option(protocol) + " " + spec + ": " + e.getMessage());
    }
  }

  /**
   * The rules of one SPEC, which aren't added.
   *
   * @throws ConfigurationException with what is wrong in it
   */
  public List<ForwardRule> read(ForwardRule.Protocol protocol, String spec) {
    return ForwardSpec.parse(protocol, spec, host);
  }

  /**
   * Adds a rule.
   *
   * @throws ConfigurationException if it can't stand together with those before it
   */
  public void add(ForwardRule rule) {
    for (ForwardRule earlier : rules) {
      if (earlier.conflictsWith(rule)) {
        throw new ConfigurationException(
            "\"" + rule + "\" wants the same ports as \"" + earlier + "\"; leave out either");
      }
    }
    if (rules.size() == MAX_RULES) {
      throw new ConfigurationException("too many rules, at most " + MAX_RULES + "; use ranges");
    }
    if (ports() + rule.size() > MAX_PORTS) {
      throw new ConfigurationException("too many ports, at most " + MAX_PORTS + "; forward fewer");
    }
    rules.add(rule);
  }

  private int ports() {
    return rules.stream().mapToInt(ForwardRule::size).sum();
  }

  /** The rules so far, in order. */
  public List<ForwardRule> rules() {
    return List.copyOf(rules);
  }

  /** Whether a SPEC asks for forwarding at all. */
  static boolean forwards(String spec) {
    return !spec.equals(NONE);
  }

  static String option(ForwardRule.Protocol protocol) {
    return switch (protocol) {
      case TCP -> "--tcp-ports";
      case UDP -> "--udp-ports";
    };
  }
}
