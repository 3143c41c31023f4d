package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The way of frames that reach the source after the guest's state was saved.
 *
 * @param to the back-end at the target takes them there
 * @param from take them there from a back-end at a source
 */
public record LateFrameSettings(Optional<Path> to, Optional<Path> from) {
  /** They are lost. */
  public static final LateFrameSettings NONE =
      new LateFrameSettings(Optional.empty(), Optional.empty());
}
