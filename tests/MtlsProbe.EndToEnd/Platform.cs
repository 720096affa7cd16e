using System.Runtime.Versioning;

// Real servers, signals and /proc: the suite drives a Linux machine.
[assembly: SupportedOSPlatform("linux")]
