package org.jpasst.vectors;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A vector's file, as JSON has it. */
record FrameVectorFile(
    String name,
    String description,
    List<String> options,
    RecordedHost host,
    @SerializedName("startup_frames") List<String> startup,
    List<String> send,
    List<String> expect,
    List<JsonObject> steps,
    List<Variable> variable) {

  /** A range of an expected frame; without offset and length if the whole frame varied. */
  record Variable(int expect, String field, int offset, int length) {}

  static FrameVector read(Path path) {
    try (Reader reader = Files.newBufferedReader(path)) {
      return new Gson().fromJson(reader, FrameVectorFile.class).vector();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FrameVector vector() {
    List<Frame> sent = send.stream().map(Frame::ofHex).toList();
    var expected = new ArrayList<ExpectedFrame>();
    for (int index = 0; index < expect.size(); index++) {
      expected.add(expected(index));
    }
    List<ExpectedFrame> first =
        startup.stream().map(each -> ExpectedFrame.of(Frame.ofHex(each), List.of())).toList();
    List<Step> parsed = new StepReader(steps, sent, expected).read();
    return new FrameVector(name, description, options, host, first, parsed);
  }

  private ExpectedFrame expected(int index) {
    List<Variable> ranges = variable == null ? List.of() : variable;
    return ExpectedFrame.of(
        Frame.ofHex(expect.get(index)),
        ranges.stream()
            .filter(each -> each.expect() == index)
            .map(each -> new ExpectedFrame.Range(each.offset(), each.length()))
            .toList());
  }
}
