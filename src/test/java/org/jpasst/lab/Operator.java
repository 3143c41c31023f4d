package org.jpasst.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An operator that speaks to a back-end's control socket without the delay of a program's start.
 */
public final class Operator implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader answers;

  private Operator(SocketChannel channel) {
    this.channel = channel;
    answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  /** Connects to a back-end that was started with {@link BackEnd#controlOption}. */
  public static Operator connect(Lab lab) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(BackEnd.controlOption(lab).getLast()));
    return new Operator(channel);
  }

  /** Has a command executed; the answer as it comes. */
  public String ask(String command) throws IOException {
    return send("{\"command\":\"" + command + "\"}");
  }

  /** The same with a file. */
  public String ask(String command, Path path) throws IOException {
    return send("{\"command\":\"" + command + "\",\"path\":\"" + path + "\"}");
  }

  private String send(String request) throws IOException {
    channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
    return answers.readLine();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
