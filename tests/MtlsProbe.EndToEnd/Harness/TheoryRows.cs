namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Rows of a theory from a query.</summary>
internal static class TheoryRows
{
    public static TheoryData<T1, T2> ToRows<T1, T2>(this IEnumerable<(T1, T2)> rows)
    {
        var data = new TheoryData<T1, T2>();
        foreach (var (first, second) in rows) data.Add(first, second);
        return data;
    }

    public static TheoryData<T1, T2, T3> ToRows<T1, T2, T3>(this IEnumerable<(T1, T2, T3)> rows)
    {
        var data = new TheoryData<T1, T2, T3>();
        foreach (var (first, second, third) in rows) data.Add(first, second, third);
        return data;
    }

    public static TheoryData<T1, T2, T3, T4> ToRows<T1, T2, T3, T4>(this IEnumerable<(T1, T2, T3, T4)> rows)
    {
        var data = new TheoryData<T1, T2, T3, T4>();
        foreach (var (first, second, third, fourth) in rows) data.Add(first, second, third, fourth);
        return data;
    }

    public static TheoryData<T> ToRows<T>(this IEnumerable<T> rows)
    {
        var data = new TheoryData<T>();
        foreach (var row in rows) data.Add(row);
        return data;
    }
}
