package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BusErrorCodeTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void theBytesAreWhatAnAssemblerMakesOfTheListing(Architecture architecture)
      throws IOException, InterruptedException {
    String prefix = architecture.name().toLowerCase().replace('_', '-') + "-linux-gnu-";
    assumeTrue(isThere(prefix + "as"), prefix + "as isn't installed");
    Path source = directory.resolve("code.s");
    Files.writeString(source, source(architecture));
    Path object = directory.resolve("code.o");
    Path binary = directory.resolve("code");
    run(prefix + "as", source.toString(), "-o", object.toString());
    run(prefix + "objcopy", "-O", "binary", "-j", ".text", object.toString(), binary.toString());

    byte[] assembled = Files.readAllBytes(binary);
    byte[] code = BusErrorCode.of(architecture);

    assertThat(code.length).isLessThan(BusErrorCode.WORDS);
    assertThat(Arrays.copyOf(assembled, code.length)).isEqualTo(code);
  }

  private static String source(Architecture architecture) {
    String instructions =
        BusErrorCode.listing(architecture)
            .lines()
            .map(line -> line.substring(BusErrorCode.HEX_COLUMNS).replaceFirst("  # .*", ""))
            .collect(Collectors.joining("\n"));
    String syntax = architecture == Architecture.X86_64 ? ".intel_syntax noprefix\n" : "";
    return syntax
        + instructions
        + "\n.org "
        + BusErrorCode.WORDS
        + "\ntable: .quad 0\nformer: .quad 0\n";
  }

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
  }
}
