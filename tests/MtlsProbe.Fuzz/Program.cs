using MtlsProbe.Fuzz;

return Fuzzing.Run(args, Console.Out, Console.Error);
