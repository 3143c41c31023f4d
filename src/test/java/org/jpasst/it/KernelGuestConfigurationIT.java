package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.Test;

/** What options say, real DHCP clients and the kernel's router discovery come to know. */
@LabTest
final class KernelGuestConfigurationIT {
  @Test
  void clientsLearnWhatTheOptionsSay() {
    try (Lab lab = Lab.open();
        BackEnd backEnd =
            BackEnd.start(
                lab,
                "--address=198.51.100.20",
                "--netmask=255.255.255.0",
                "--gateway=198.51.100.1",
                "--address=2001:db8:1::20",
                "--mtu=1300",
                "--hostname=guest",
                "--dns=198.51.100.53",
                "--dns=2001:db8::53",
                "--search=lab.test");
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500)) {
      assertThat(guest.configureByDhcp())
          .contains(
              "ipv4.ip=198.51.100.20",
              "ipv4.mask=24",
              "ipv4.router=198.51.100.1",
              "ipv4.mtu=1300",
              "ipv4.hostname=guest",
              "ipv4.dns=198.51.100.53",
              "ipv4.search=lab.test",
              "ipv6.ipv6=2001:0db8:0001:0000:0000:0000:0000:0020",
              "ipv6.dns=2001:0db8:0000:0000:0000:0000:0000:0053",
              "ipv6.search=lab.test");
      assertThat(guest.namespace().ip("-4 addr show dev " + guest.device()))
          .contains("mtu 1300")
          .contains("inet 198.51.100.20/24");
      assertThat(guest.namespace().ip("-6 route show default"))
          .containsPattern("default via fe80::\\S+ dev " + guest.device() + " proto ra");
      assertThat(guest.namespace().ip("-6 addr show dev " + guest.device()))
          .contains("2001:db8:1:0:5054:ff:fe12:3456/64 scope global dynamic");
    }
  }
}
