/**
 * passt(1)'s command line: options to a {@link org.jpasst.config.RequestedConfiguration}, and the
 * usage text from the same model.
 *
 * <p>{@link org.jpasst.cli.PasstOption} is the model; the build makes the manual page of it, and
 * what the launcher has to know. Reading a command line takes getopt_long(3)'s rules, which differ
 * from picocli's in abbreviations, clusters and where options end, and order matters to the
 * meaning; so it is done here, without picocli, which would add 70 ms to every start. picocli lays
 * out the usage text.
 */
package org.jpasst.cli;
