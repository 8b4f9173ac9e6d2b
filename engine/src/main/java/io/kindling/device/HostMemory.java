package io.kindling.device;

/** The memory of the CPU: that of this process. */
public enum HostMemory implements Memory {
  INSTANCE;

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public long take(long bytes, String asker) {
    return MemoryPool.host().take(bytes, asker);
  }

  @Override
  public void give(long address, long bytes) {
    MemoryPool.host().give(address, bytes);
  }

  @Override
  public void giveShared(long address, long bytes) {
    MemoryPool.host().giveShared(address, bytes);
  }

  @Override
  public void leaveToCollector(long bytes) {
    MemoryPool.host().leaveToCollector(bytes);
  }

  @Override
  public void copy(long from, long to, long bytes) {
    Raw.copy(from, to, bytes);
  }

  @Override
  public void upload(long host, long to, long bytes) {
    Raw.copy(host, to, bytes);
  }

  @Override
  public void download(long from, long host, long bytes) {
    Raw.copy(from, host, bytes);
  }

  @Override
  public void upload(Object array, int at, int n, long to) {
    Raw.put(array, at, to, n);
  }

  @Override
  public void download(long from, Object array, int at, int n) {
    Raw.get(from, array, at, n);
  }
}
