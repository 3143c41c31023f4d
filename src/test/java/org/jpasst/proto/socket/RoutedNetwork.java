package org.jpasst.proto.socket;

import java.util.concurrent.Callable;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.net.IpAddress;

/**
 * Three namespaces in a row: host, router, target. The link behind the router is a narrow one. The
 * host is where the code under test runs.
 */
public final class RoutedNetwork implements AutoCloseable {
  public static final IpAddress ROUTER4 = address("192.0.2.3");
  public static final IpAddress ROUTER6 = address("2001:db8::3");
  public static final IpAddress TARGET4 = address("198.51.100.7");
  public static final IpAddress TARGET6 = address("2001:db8:1::7");
  public static final IpAddress ABSENT4 = address("192.0.2.222");
  public static final IpAddress ABSENT6 = address("2001:db8::222");
  public static final IpAddress UNROUTED4 = address("203.0.113.1");
  public static final IpAddress UNROUTED6 = address("2001:db8:2::1");
  public static final int NARROW_MTU = 1280;

  private final NetworkNamespace host = NetworkNamespace.create("host");
  private final NetworkNamespace router = NetworkNamespace.create("router");
  private final NetworkNamespace target = NetworkNamespace.create("target");

  public RoutedNetwork() {
    host.sysctl("net.ipv4.ping_group_range", "0 2147483647");
    router.sysctl("net.ipv4.ip_forward", "1");
    router.sysctl("net.ipv6.conf.all.forwarding", "1");
    // Else the router saves its errors up.
    router.sysctl("net.ipv4.icmp_ratelimit", "0");
    router.sysctl("net.ipv6.icmp.ratelimit", "0");
    link(host, "vh", router, "rh");
    link(router, "rt", target, "vt");
    host.ip("addr add 192.0.2.1/24 dev vh");
    host.ip("addr add 2001:db8::1/64 dev vh nodad");
    router.ip("addr add " + ROUTER4 + "/24 dev rh");
    router.ip("addr add " + ROUTER6 + "/64 dev rh nodad");
    router.ip("addr add 198.51.100.1/24 dev rt");
    router.ip("addr add 2001:db8:1::1/64 dev rt nodad");
    target.ip("addr add " + TARGET4 + "/24 dev vt");
    target.ip("addr add " + TARGET6 + "/64 dev vt nodad");
    router.ip("link set rt mtu " + NARROW_MTU);
    // No default route: there is something that can't be reached.
    host.ip("route add 198.51.100.0/24 via " + ROUTER4);
    host.ip("-6 route add 2001:db8:1::/64 via " + ROUTER6);
    host.ip("route add 224.0.0.0/4 dev vh");
    target.ip("route add default via 198.51.100.1");
    target.ip("-6 route add default via 2001:db8:1::1");
  }

  private static void link(
      NetworkNamespace one, String oneName, NetworkNamespace two, String twoName) {
    one.ip(
        "link add %s netns %s type veth peer name %s netns %s"
            .formatted(oneName, one.name(), twoName, two.name()));
    one.ip("link set " + oneName + " up");
    two.ip("link set " + twoName + " up");
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  /** Runs a task in the host's namespace. */
  public <T> T inHost(Callable<T> task) {
    return host.call(task);
  }

  /** Runs a task in the router's namespace. */
  public <T> T inRouter(Callable<T> task) {
    return router.call(task);
  }

  /** Runs a task in the target's namespace. */
  public <T> T inTarget(Callable<T> task) {
    return target.call(task);
  }

  @Override
  public void close() {
    host.close();
    router.close();
    target.close();
  }
}
