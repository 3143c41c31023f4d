package org.jpasst.proto.listen;

import org.jpasst.config.ForwardRule;
import org.jpasst.config.PortRange;
import org.jpasst.linux.Errno;
import org.jpasst.net.IpAddress;

/** Tells in one line which ports of a rule can't be listened at, and why. */
final class ListenFailure {
  /** Ranges of ports that are named; a line has to stay one that can be read. */
  private static final int MAX_NAMED = 16;

  private ListenFailure() {}

  /** What failed, ports in a row with the same error together. */
  static String describe(RulePorts ports) {
    ForwardRule rule = ports.rule();
    StringBuilder text = new StringBuilder("cannot listen on ");
    String where =
        "["
            + rule.bind().map(IpAddress::toString).orElse("*")
            + "]"
            + rule.interfaceName().map(name -> "%" + name).orElse("")
            + ":";
    int failures = 0;
    for (int i = 0; i < ports.size(); ) {
      int from = i;
      boolean failed = ports.isFailed(i);
      while (i < ports.size() && (i == from || failed && ports.result(i) == ports.result(from))) {
        i++;
      }
      if (failed && failures++ < MAX_NAMED) {
        text.append(failures == 1 ? rule.protocol() + " " : ", ").append(where);
        text.append(new PortRange(ports.port(from), ports.port(i - 1)));
        text.append(" (").append(Errno.name(ports.result(from))).append(')');
      }
    }
    if (failures > MAX_NAMED) {
      text.append(" and ").append(failures - MAX_NAMED).append(" more ranges");
    }
    return text.append(advice(ports)).toString();
  }

  private static String advice(RulePorts ports) {
    if (hasFailed(ports, Errno.EACCES)) {
      return "; low ports need net.ipv4.ip_unprivileged_port_start or CAP_NET_BIND_SERVICE";
    }
    if (hasFailed(ports, Errno.EMFILE)) {
      return "; raise the limit of open files (ulimit -n) or forward fewer ports";
    }
    return "";
  }

  private static boolean hasFailed(RulePorts ports, int errno) {
    for (int i = 0; i < ports.size(); i++) {
      if (ports.result(i) == -errno) {
        return true;
      }
    }
    return false;
  }
}
