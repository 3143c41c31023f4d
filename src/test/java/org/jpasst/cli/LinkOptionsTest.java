package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.cli.CliTest.error;
import static org.jpasst.cli.CliTest.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LateFrameSettings;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.OfferedFeatures;
import org.jpasst.config.QemuSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.config.UplinkPlace;
import org.junit.jupiter.api.Test;

/** Options that say where the guest is and how it moves. */
final class LinkOptionsTest {
  @Test
  void migrationIsSetUp() {
    assertThat(run().migration())
        .isEqualTo(
            new MigrationSettings(
                new RepairSocket.Usual(),
                false,
                false,
                Optional.empty(),
                true,
                QemuSettings.UNWATCHED,
                LateFrameSettings.NONE,
                CacheSettings.USUAL));
    assertThat(
            run(
                    "--vhost-user",
                    "--repair-path",
                    "/r",
                    "--migrate-exit",
                    "--migrate-no-linger",
                    "--restore",
                    "/s")
                .migration())
        .isEqualTo(
            new MigrationSettings(
                new RepairSocket.At(Path.of("/r")),
                true,
                true,
                Optional.of(Path.of("/s")),
                true,
                QemuSettings.UNWATCHED,
                LateFrameSettings.NONE,
                CacheSettings.USUAL));
    assertThat(run("--repair-path", "none").migration().repair())
        .isEqualTo(new RepairSocket.None());
    assertThat(error("--migrate-exit")).contains("--migrate-exit: is for --vhost-user only");
  }

  @Test
  void whatAGuestIsOfferedIsChosen() {
    assertThat(run("--vhost-user").link().features()).isEqualTo(OfferedFeatures.ALL);
    assertThat(run("--vhost-user", "--vhost-user-features", "passt").link().features())
        .isEqualTo(OfferedFeatures.PASST);
    assertThat(error("--vhost-user", "--vhost-user-features", "few"))
        .contains("few: must be all or passt");
    assertThat(error("--vhost-user-features", "passt"))
        .contains("--vhost-user-features: is for --vhost-user only");
  }

  @Test
  void whatAMigrationCarriesIsChosen() {
    assertThat(run("--migrate-format", "passt").migration().sections()).isFalse();
    assertThat(run("--migrate-format", "full").migration().sections()).isTrue();
    assertThat(error("--migrate-format", "best")).contains("best: must be full or passt");
    assertThat(run("--packet-cache", "on", "--packet-cache-size", "1048576").migration().cache())
        .isEqualTo(new CacheSettings(CacheMode.ON, 1 << 20));
    assertThat(run("--packet-cache", "off").migration().cache().mode()).isEqualTo(CacheMode.OFF);
    assertThat(error("--packet-cache", "yes")).contains("yes: must be auto, on or off");
    assertThat(error("--packet-cache-size", "1")).contains("must be 262144 to 134217728");
  }

  @Test
  void aBackendOfSomebodyElsesIsToldItsArgument() {
    assertThat(run("--backend", "x=a=b").link().socket())
        .isEqualTo(new GuestSocket.Provided("x", "a=b"));
    assertThat(run("--backend", "x").link().socket()).isEqualTo(new GuestSocket.Provided("x", ""));
    assertThat(run("--backend", "x").link().oneOff()).isTrue();
    assertThat(error("--backend", "x", "--fd", "3"))
        .contains("--backend: --socket or --fd says already where the guest is");
  }

  @Test
  void aBridgedGuestHasNothingTranslated() {
    assertThat(run("--uplink", "tap:tap1").link().uplink()).contains(new UplinkPlace.Tap("tap1"));
    assertThat(run("--uplink", "tap-fd:5", "--fd", "3").link().uplink())
        .contains(new UplinkPlace.Inherited(5));
    assertThat(run("--uplink", "stream:/a:b", "--vhost-user").link().uplink())
        .contains(new UplinkPlace.Stream(Path.of("/a:b")));
    assertThat(run("--uplink", "tap:tap1", "--repair-path", "/r").migration().repair())
        .isEqualTo(new RepairSocket.None());
    assertThat(error("--uplink", "br0"))
        .contains("--uplink br0: must be tap:NAME, tap-fd:NUMBER or stream:PATH");
    assertThat(error("--uplink", "tap:a-name-too-long-")).contains("has 1 to 15 bytes");
    assertThat(error("--uplink", "tap-fd:3", "--fd", "3"))
        .contains("--uplink tap-fd:3: --fd has this descriptor; give another");
    for (String option :
        List.of("--tcp-ports=22", "--address=192.0.2.7", "--dns=none", "--no-ra")) {
      assertThat(error("--uplink", "tap:tap1", option))
          .contains(
              option.replaceFirst("=.*", "")
                  + ": with --uplink nothing is translated and nothing served; leave out either");
    }
  }

  @Test
  void aTapDeviceIsTheGuestsOnlyLink() {
    assertThat(run("--tap", "tap0").link().socket()).isEqualTo(new GuestSocket.Tap("tap0"));
    assertThat(run("--tap", "tap0").link().oneOff()).isTrue();
    assertThat(run("--tap", "tap0", "--one-off", "--tap", "tap1").link().socket())
        .isEqualTo(new GuestSocket.Tap("tap1"));
    String either = "--tap: --socket or --fd says already where the guest is; leave out either";
    assertThat(error("--tap", "tap0", "--socket", "/s")).contains(either);
    assertThat(error("--fd", "3", "--tap", "tap0")).contains(either);
    assertThat(error("--vhost-user", "--tap", "tap0"))
        .contains("--tap: what is there doesn't speak vhost-user; leave out --vhost-user");
    assertThat(error("--tap", "")).contains("an interface name has 1 to 15 bytes");
    assertThat(error("--tap", "a-name-too-long-")).contains("an interface name has 1 to 15 bytes");
    assertThat(error("--tap", "éééééééé")).contains("an interface name has 1 to 15 bytes");
  }
}
