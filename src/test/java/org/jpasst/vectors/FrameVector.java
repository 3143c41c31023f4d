package org.jpasst.vectors;

import java.util.ArrayList;
import java.util.List;

/**
 * A recorded exchange with passt, or one that we want instead of it.
 *
 * @param name the file's name without its ending
 * @param description what it is about
 * @param options the back-end's options
 * @param host the network that the back-end finds
 * @param startup what the back-end sends when the guest connects
 * @param steps what happens then, in order
 */
public record FrameVector(
    String name,
    String description,
    List<String> options,
    RecordedHost host,
    List<ExpectedFrame> startup,
    List<Step> steps) {

  /**
   * A frame of the guest and what the back-end answers before anything else happens.
   *
   * @param request what the guest sends
   * @param answers what comes back, in order; none when the frame is not answered
   */
  public record Exchange(Frame request, List<ExpectedFrame> answers) {}

  /** The steps as requests and answers, for code that answers at once; other steps are left out. */
  public List<Exchange> exchanges() {
    var exchanges = new ArrayList<Exchange>();
    for (Step step : steps) {
      switch (step) {
        case Step.Send send -> exchanges.add(new Exchange(send.frame(), new ArrayList<>()));
        case Step.Expect expect when !exchanges.isEmpty() ->
            exchanges.getLast().answers().add(expect.frame());
        default -> {}
      }
    }
    return List.copyOf(exchanges);
  }
}
