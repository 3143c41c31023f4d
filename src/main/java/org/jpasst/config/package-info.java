/**
 * The validated settings of one run, and the host's network as it was found when they were made.
 *
 * <p>{@link org.jpasst.config.ConfigurationResolver} turns what the command line said and what the
 * host has into a {@link org.jpasst.config.Configuration}; nothing here reads files, sockets or
 * clocks.
 */
package org.jpasst.config;
