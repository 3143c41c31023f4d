package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.jpasst.config.HostNetwork;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;

@LabTest
final class HostNetworkReaderIT {

  @Test
  void theHostsInterfaceAddressAndRoutesAreFound() {
    try (NetworkNamespace namespace = NetworkNamespace.create("reader")) {
      namespace.ip("link add eth7 type veth peer name eth8");
      namespace.ip("link set eth7 up");
      namespace.ip("link set eth8 up");
      namespace.ip("addr add 192.0.2.1/24 dev eth7");
      namespace.ip("route add default via 192.0.2.2");

      HostNetwork found =
          namespace.call(
              () -> {
                try (var reader = new HostNetworkReader(new LinuxSockets())) {
                  return reader.read();
                }
              });

      int index =
          found.interfaces().stream()
              .filter(i -> i.name().equals("eth7"))
              .findFirst()
              .get()
              .index();
      IpAddress address = IpAddress.parse("192.0.2.1").get();
      assertThat(found.addresses())
          .contains(new HostNetwork.Address(index, address, 24, false, false, false, false));
      var router = new HostNetwork.Hop(index, IpAddress.parse("192.0.2.2"), 1);
      var onLink = new HostNetwork.Hop(index, Optional.empty(), 1);
      IpAddress subnet = IpAddress.parse("192.0.2.0").get();
      assertThat(found.routes())
          .contains(
              new HostNetwork.Route(IpAddress.ANY4, 0, List.of(router)),
              new HostNetwork.Route(subnet, 24, List.of(onLink)));
    }
  }
}
