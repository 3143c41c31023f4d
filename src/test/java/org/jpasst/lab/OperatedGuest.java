package org.jpasst.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A guest behind a back-end that obeys passtctl, in a lab of its own.
 *
 * @param lab where all of it is
 * @param backEnd the program under test
 * @param guest the kernel, configured
 */
public record OperatedGuest(Lab lab, BackEnd backEnd, TapGuest guest) implements AutoCloseable {
  private static final int MTU = 1500;

  /**
   * Starts all of it.
   *
   * @param options more of the back-end's, made for the lab's directory
   */
  public static OperatedGuest start(Function<Path, List<String>> options) {
    Lab lab = Lab.open();
    var all = new ArrayList<>(BackEnd.controlOption(lab));
    all.addAll(options.apply(lab.directory()));
    BackEnd backEnd = BackEnd.start(lab, all.toArray(String[]::new));
    TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
    return new OperatedGuest(lab, backEnd, guest);
  }

  @Override
  public void close() {
    guest.close();
    backEnd.close();
    lab.close();
  }
}
