package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A directory that the launcher takes for a JDK; its java is a script that a test provides. */
public record FakeJdk(Path home) {

  /** Makes one of this version; {@code script} is what java does. */
  public static FakeJdk create(Path home, String version, String script) throws IOException {
    Path java = home.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
    Files.writeString(
        java,
        """
        #!/bin/sh
        printf '%s\\n' "$@" >'HOME/arguments'
        """
                .replace("HOME", home.toString())
            + script
            + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new FakeJdk(home);
  }

  /** The arguments that java was started with. */
  public List<String> arguments() throws IOException {
    return Files.readAllLines(home.resolve("arguments"));
  }

  /** The arguments of the program itself. */
  List<String> programArguments() throws IOException {
    List<String> all = arguments();
    return all.subList(all.indexOf("org.jpasst.Main") + 1, all.size());
  }

  boolean wasStarted() {
    return Files.exists(home.resolve("arguments"));
  }
}
