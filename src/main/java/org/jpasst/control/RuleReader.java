package org.jpasst.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.ForwardRules;
import org.jpasst.config.PortRange;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/** Reads the rules of a request, which are SPECs as the command line has them. */
final class RuleReader {
  static final String PROTOCOL = "protocol";
  static final String SPEC = "spec";

  private final Configuration configuration;
  private final PortRange ephemeral;

  RuleReader(Configuration configuration, PortRange ephemeral) {
    this.configuration = configuration;
    this.ephemeral = ephemeral;
  }

  /**
   * The rules, those of one SPEC behind those of the one before.
   *
   * @throws IOException if there are none, or one can't be read
   */
  List<ForwardRule> read(Request request) throws IOException {
    var grammar =
        new ForwardRules(
            configuration.ipv4().isPresent(), configuration.ipv6().isPresent(), ephemeral);
    List<ForwardRule> rules = new ArrayList<>();
    for (Message each : request.objects(Request.RULES, PROTOCOL, SPEC)) {
      String spec = each.text(SPEC).orElseThrow();
      Protocol protocol = protocol(each.text(PROTOCOL).orElseThrow());
      try {
        rules.addAll(grammar.read(protocol, spec));
      } catch (ConfigurationException e) {
        throw new ErrnoException(Errno.EINVAL, protocol + " " + spec + ": " + e.getMessage());
      }
      if (rules.size() > ForwardRules.MAX_RULES) {
        throw new ErrnoException(
            Errno.E2BIG, "more than " + ForwardRules.MAX_RULES + " rules; use ranges");
      }
    }
    if (rules.isEmpty()) {
      throw new ErrnoException(Errno.EINVAL, "these are no rules");
    }
    return rules;
  }

  private Protocol protocol(String name) throws ErrnoException {
    boolean tcp = name.equals("tcp");
    if (!tcp && !name.equals("udp")) {
      throw new ErrnoException(Errno.EINVAL, "only tcp and udp can be forwarded");
    }
    if (!(tcp ? configuration.services().tcp() : configuration.services().udp())) {
      throw new ErrnoException(Errno.EOPNOTSUPP, name + " is off by --no-" + name);
    }
    return tcp ? Protocol.TCP : Protocol.UDP;
  }
}
