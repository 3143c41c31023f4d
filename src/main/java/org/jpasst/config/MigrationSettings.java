package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the guest's state moves from and to another host.
 *
 * @param repair where the helper connects that switches TCP_REPAIR
 * @param exit end when the state was saved for another host
 * @param noLinger close the sockets of connections that were saved
 * @param restore load this state at the start
 * @param sections move also what passt has no place for
 * @param qemu how it follows the guest of a QEMU that doesn't carry it
 * @param late frames for one that has moved away
 * @param cache frames for a guest that stands still
 */
public record MigrationSettings(
    RepairSocket repair,
    boolean exit,
    boolean noLinger,
    Optional<Path> restore,
    boolean sections,
    QemuSettings qemu,
    LateFrameSettings late,
    CacheSettings cache) {
  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public RepairSocket repair = new RepairSocket.Usual();
    public boolean exit;
    public boolean noLinger;
    public Optional<Path> restore = Optional.empty();
    public boolean sections = true;
    public Optional<Path> monitor = Optional.empty();
    public Optional<Path> to = Optional.empty();
    public Optional<Path> from = Optional.empty();
    public Optional<Path> lateTo = Optional.empty();
    public Optional<Path> lateFrom = Optional.empty();
    public CacheMode cacheMode = CacheSettings.USUAL.mode();
    public int cacheSize = CacheSettings.USUAL.size();

    /** All of them. */
    public MigrationSettings build() {
      return new MigrationSettings(
          repair,
          exit,
          noLinger,
          restore,
          sections,
          new QemuSettings(monitor, to, from),
          new LateFrameSettings(lateTo, lateFrom),
          new CacheSettings(cacheMode, cacheSize));
    }
  }
}
