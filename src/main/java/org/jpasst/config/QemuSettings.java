package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the guest's state follows it when QEMU migrates it and doesn't carry the state itself.
 *
 * @param monitor QEMU's monitor (QMP) is there
 * @param to the back-end at the target takes a state there
 * @param from take a state there from a back-end at a source
 */
public record QemuSettings(Optional<Path> monitor, Optional<Path> to, Optional<Path> from) {
  /** No monitor is watched. */
  public static final QemuSettings UNWATCHED =
      new QemuSettings(Optional.empty(), Optional.empty(), Optional.empty());
}
