package io.kindling.report;

/**
 * Native memory in bytes, of the process of a run that used most.
 *
 * @param process executor id; {@code driver} in local mode
 * @param inUse held by tensors after the last step
 * @param peak the highest {@code inUse}
 * @param reserved taken from the operating system
 * @param limit the bound on {@code reserved}
 */
public record NativeMemory(String process, long inUse, long peak, long reserved, long limit) {}
